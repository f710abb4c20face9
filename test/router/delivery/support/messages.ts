import type { ReceivedMessage } from '../../../../src/router/received-message.ts';

/** A counter with this number in the journal; its name is `m<offset>`. */
export const aReceived = (offset: number, name = `m${offset}`): ReceivedMessage => ({
  type: 'counter',
  timestamp: '2026-11-22T12:00:00.000Z',
  logger: 'shop',
  severity: 6,
  payload: '1',
  metadata: { name, rate: 1 },
  offset,
  received: '2026-11-22T12:00:00.100Z',
  via: 'udp',
  key: undefined,
  hostname: undefined,
  pid: undefined,
  sender: 'sender',
  seq: offset,
});

export const received = (from: number, to: number): ReceivedMessage[] =>
  Array.from({ length: to - from }, (_, i) => aReceived(from + i));

export const offsetsOf = (messages: readonly ReceivedMessage[]): number[] => messages.map(({ offset }) => offset);
