import type { ReceivedMessage } from '../received-message.ts';

/** Text that JSON writes as it is. */
const PLAIN = /^[ !#-[\]-~]{0,200}$/;

/**
 * A message as one line of JSON, with its newline: `type`, `timestamp`, `logger`, `severity`, `payload`, `metadata`; then where it came from:
 * `received`, `via`, and as far as they are known `key`, `hostname`, `pid`, `sender`, `seq`; then `offset`, its number in this router's
 * journal. A message that is delivered twice has the same `offset` both times.
 */
export function ndjsonLine(message: ReceivedMessage): string {
  const { type, timestamp, logger, severity, payload, metadata } = message;
  const { received, via, key, hostname, pid, sender, seq, offset } = message;
  // Written piece by piece, which takes three quarters of the time of one call for the whole.
  return (
    `{"type":${quoted(type)},"timestamp":"${timestamp}","logger":${quoted(logger)},"severity":${severity},` +
    `"payload":${quoted(payload)},"metadata":${JSON.stringify(metadata)},"received":"${received}","via":"${via}"` +
    `${key === undefined ? '' : `,"key":${quoted(key)}`}${hostname === undefined ? '' : `,"hostname":${quoted(hostname)}`}` +
    `${pid === undefined ? '' : `,"pid":${pid}`}${sender === undefined ? '' : `,"sender":${quoted(sender)}`}` +
    `${seq === undefined ? '' : `,"seq":${seq}`},"offset":${offset}}\n`
  );
}

const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));
