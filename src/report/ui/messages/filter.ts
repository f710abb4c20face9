import { SEVERITY } from '../../../core/severity.ts';
import type { Place } from '../place.ts';

/** What the page looks for, as it stands in the address. */
export interface Filter {
  /** Names or `*` patterns, separated by commas. */
  readonly type: string;
  /** The least grave that is wanted, `0` to `7`; empty for all. */
  readonly severity: string;
  /** `key=value` each. */
  readonly metadata: readonly string[];
  readonly text: string;
}

export const SEVERITIES: readonly string[] = Object.keys(SEVERITY);

export const severityName = (severity: number): string => SEVERITIES[severity] ?? String(severity);

export const readFilter = ({ parameters }: Place): Filter => ({
  type: parameters.getAll('type').join(','),
  severity: parameters.get('severity') ?? '',
  metadata: parameters.getAll('metadata'),
  text: parameters.get('text') ?? '',
});

/** The parameters of an address that mean this filter. */
export const filterParameters = ({
  type,
  severity,
  metadata,
  text,
}: Filter): Record<string, string | readonly string[] | null> => ({
  type: type || null,
  severity: severity || null,
  metadata,
  text: text || null,
});

/** A condition that holds for what has this key and value; null if there is none: a key ends at the first `=`, and lists and objects are too much. */
export function conditionOf(key: string, value: unknown): string | null {
  if (key === '' || key.includes('=') || (typeof value === 'object' && value !== null)) return null;
  const condition = `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
  return condition.length <= MAX_CONDITION_LENGTH ? condition : null;
}

/** Of an address that anybody passes on. */
const MAX_CONDITION_LENGTH = 500;
