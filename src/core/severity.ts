/** Severities of RFC 5424, section 6.2.1: the lower the number, the graver. */
export const SEVERITY = {
  emergency: 0,
  alert: 1,
  critical: 2,
  error: 3,
  warning: 4,
  notice: 5,
  info: 6,
  debug: 7,
} as const;

export type SeverityName = keyof typeof SEVERITY;
export type Severity = (typeof SEVERITY)[SeverityName];

/** What a message has that names no severity. */
export const DEFAULT_SEVERITY = SEVERITY.info;

export function isSeverity(value: unknown): value is Severity {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 7;
}
