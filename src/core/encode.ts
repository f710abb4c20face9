import type { Header } from './header.ts';
import type { JsonObject } from './json.ts';
import type { Message } from './schema.ts';

/** A message as the wire and the journal carry it: `logger` stands only where it differs from the header's. */
export interface LineFields {
  readonly type: string;
  readonly timestamp: string;
  readonly logger?: string;
  readonly severity: number;
  readonly payload: string;
  readonly metadata: JsonObject;
}

/** One line in canonical form, without its newline: keys in this order, and nothing that `JSON.stringify` would not write. */
export function encodeLine(fields: LineFields): string {
  const { type, timestamp, logger, severity, payload, metadata } = fields;
  const loggerPart = logger === undefined ? '' : `"logger":${JSON.stringify(logger)},`;
  // Written piece by piece, which takes half the time of one call for the whole.
  return `{"type":${JSON.stringify(type)},"timestamp":"${timestamp}",${loggerPart}"severity":${severity},"payload":${JSON.stringify(payload)},"metadata":${JSON.stringify(metadata)}}`;
}

/** `message` as a line below a header whose logger is `headerLogger`. */
export function encodeMessage(message: Message, headerLogger: string): string {
  if (message.logger !== headerLogger) return encodeLine(message);
  const { type, timestamp, severity, payload, metadata } = message;
  return encodeLine({ type, timestamp, severity, payload, metadata });
}

/** A header line, without its newline. `metlog` comes first: readers tell a header by its first characters. */
export function encodeHeader(header: Header): string {
  return JSON.stringify(header);
}
