import type { ReceivedMessage } from '../../../src/router/received-message.ts';

/** A counter as the journal holds it, or what `fields` make of it. */
export function aMessage(fields: Partial<ReceivedMessage> = {}): ReceivedMessage {
  return {
    type: 'counter',
    timestamp: '2026-11-22T10:44:00.123Z',
    logger: 'shop',
    severity: 6,
    payload: '1',
    metadata: { name: 'login.ok' },
    offset: 0,
    received: '2026-11-22T10:44:00.200Z',
    via: 'udp',
    key: undefined,
    hostname: 'web-1',
    pid: 4242,
    sender: '9f3kq2aaaaaaaaaa',
    seq: 1041,
    ...fields,
  };
}
