import { encodeLine } from '../../core/encode.ts';
import type { ReceivedMessage } from '../received-message.ts';

/**
 * A message as one line of JSON, with its newline: `type`, `timestamp`, `logger`, `severity`, `payload`, `metadata`; then where it came from:
 * `received`, `via`, and as far as they are known `key`, `hostname`, `pid`, `sender`, `seq`; then `offset`, its number in this router's
 * journal. A message that is delivered twice has the same `offset` both times.
 */
export function ndjsonLine(message: ReceivedMessage): string {
  const { received, via, key, hostname, pid, sender, seq, offset } = message;
  const text = encodeLine(message);
  return `${text.slice(0, -1)},"received":"${received}","via":"${via}"${field('key', key)}${field('hostname', hostname)}${field('pid', pid)}${field('sender', sender)}${field('seq', seq)},"offset":${offset}}\n`;
}

// Written piece by piece, which takes half the time of one call for the whole.
const field = (name: string, value: string | number | undefined): string =>
  value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
