import { canonicalMessage } from '../../core/canonical-line.ts';
import { readLine } from '../../core/decode.ts';
import { isCount, isHostname } from '../../core/header.ts';
import { isRecord, parseJson } from '../../core/json.ts';
import { messageOf } from '../../core/text-of.ts';
import { formatTimestamp } from '../../core/timestamp.ts';
import type { ReceivedMessage } from '../received-message.ts';

export type TestMessage =
  { readonly ok: true; readonly message: ReceivedMessage } | { readonly ok: false; readonly reason: string };

/** The logger of a message that names none. On the wire a header always does. */
const TEST_LOGGER = 'test';

/**
 * A message as it would come out of the journal, from the fields that matter to whoever tries routes: what is left out, but for `type`, gets
 * the router's defaults, and what no message has goes to the metadata. `key`, `via`, `hostname`, `pid`, `sender`, `seq`, `offset` and
 * `received` are what the router would have stamped, so that a line of a `file` sink can be given as it is.
 */
export function testMessage(fields: Readonly<Record<string, unknown>>, nowMs: number): TestMessage {
  const copy = jsonCopy(fields); // what is missing is filled in, and the configuration is not ours to change
  if (typeof copy === 'string') return { ok: false, reason: copy };
  const now = formatTimestamp(nowMs);
  const { key, via = 'udp', hostname, pid, sender, seq, offset = 0, received = now, ...rest } = copy;
  if (via !== 'udp' && via !== 'http') return { ok: false, reason: 'its via is neither udp nor http' };
  if (key !== undefined && key !== null && typeof key !== 'string') return { ok: false, reason: 'its key is no text' };
  const line = canonicalMessage(rest, {
    header: { metlog: 1, logger: TEST_LOGGER },
    receivedMs: nowMs,
    shiftMs: 0,
  });
  if (typeof line !== 'string') return { ok: false, reason: line.refused };
  return {
    ok: true,
    message: {
      ...readLine(line, { logger: TEST_LOGGER }),
      offset: isCount(offset) ? offset : 0,
      received: typeof received === 'string' ? received : now,
      via,
      key: key ?? undefined,
      hostname: isHostname(hostname) ? hostname : undefined,
      pid: isCount(pid) ? pid : undefined,
      sender: typeof sender === 'string' ? sender : undefined,
      seq: isCount(seq) ? seq : undefined,
    },
  };
}

/** What JSON keeps of the fields, or why it cannot hold them. */
function jsonCopy(fields: Readonly<Record<string, unknown>>): Record<string, unknown> | string {
  try {
    const copy = parseJson(JSON.stringify(fields));
    return isRecord(copy) ? copy : 'it is no object';
  } catch (error) {
    return messageOf(error).split('\n', 1)[0] ?? 'it is no JSON'; // it holds itself, or a BigInt
  }
}
