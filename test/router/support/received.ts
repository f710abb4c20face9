import type { ReceivedMessage } from '../../../src/router/received-message.ts';
import { NOON_MS } from './lines.ts';

const NOON = new Date(NOON_MS).toISOString();

/** A message as the journal holds it. */
export function received(fields: Partial<ReceivedMessage> = {}): ReceivedMessage {
  return {
    type: 'counter',
    timestamp: NOON,
    logger: 'shop',
    severity: 6,
    payload: '1',
    metadata: {},
    offset: 0,
    received: NOON,
    via: 'udp',
    key: undefined,
    hostname: undefined,
    pid: undefined,
    sender: undefined,
    seq: undefined,
    ...fields,
  };
}
