import { canonicalMessage, type LineContext } from './canonical-line.ts';
import { WIRE_VERSION, type Header } from './header.ts';
import { isRecord } from './json.ts';
import { isName } from './name.ts';
import { refusal, type Refusal } from './refusal.ts';

/**
 * Messages of the Metlog clients deployed since 2011: one JSON object a message with `env_version: "0.8"`, `fields` for our `metadata`,
 * `metlog_pid`, `metlog_hostname`, and timestamps in microseconds without a zone, which mean UTC. They have no sender.
 */
export function isLegacy(value: unknown): value is Record<string, unknown> | readonly unknown[] {
  return Array.isArray(value) ? value.length > 0 && value.every(isLegacyMessage) : isLegacyMessage(value);
}

function isLegacyMessage(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && typeof value['env_version'] === 'string';
}

/** Each message below a header of its own, since each names its own logger and host. */
export function decodeLegacy(
  value: Record<string, unknown> | readonly unknown[],
  receivedMs: number,
): { header: Header; lines: readonly (string | Refusal)[] }[] {
  const messages = Array.isArray(value) ? value : [value];
  return messages.map((message: unknown) => decodeOne(message, receivedMs));
}

function decodeOne(message: unknown, receivedMs: number): { header: Header; lines: readonly (string | Refusal)[] } {
  if (!isRecord(message))
    return { header: { metlog: WIRE_VERSION, logger: 'unknown' }, lines: [refusal('not-an-object')] };
  const {
    env_version: _version,
    fields,
    metadata,
    logger,
    metlog_pid: pid,
    metlog_hostname: hostname,
    ...rest
  } = message;
  const header: Header = {
    metlog: WIRE_VERSION,
    logger: isName(logger) ? logger : 'unknown',
    ...(typeof hostname === 'string' && { hostname }),
    ...(typeof pid === 'number' && Number.isSafeInteger(pid) && { pid }),
  };
  const context: LineContext = { header, receivedMs, shiftMs: 0 };
  return { header, lines: [canonicalMessage({ ...rest, metadata: fields ?? metadata ?? {} }, context)] };
}
