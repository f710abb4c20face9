import { expect, it } from 'vitest';
import { readJournalText } from '../../src/report/journal-text.ts';

const line = (payload: string): string =>
  JSON.stringify({ type: 'log', timestamp: '2026-11-22T10:44:00.123Z', severity: 6, payload, metadata: {} });

it('reads the messages of a journal with who sent them, their numbers and when they were received', () => {
  const text = [
    '{"metlog":1,"logger":"shop","hostname":"web-1","pid":4,"sender":"s1","seq":7,"received":"2026-11-22T10:44:00.215Z","via":"udp"}',
    line('a'),
    line('b'),
    '{"metlog":1,"logger":"old","received":"2026-11-22T10:44:01.000Z"}',
    line('c'),
    '',
  ].join('\n');
  const fields = { type: 'log', timestamp: '2026-11-22T10:44:00.123Z', severity: 6, metadata: {} };
  const sender = { logger: 'shop', hostname: 'web-1', pid: 4, sender: 's1', received: '2026-11-22T10:44:00.215Z' };
  expect([...readJournalText(text)]).toEqual([
    { ...fields, ...sender, payload: 'a', seq: 7 },
    { ...fields, ...sender, payload: 'b', seq: 8 },
    { ...fields, logger: 'old', payload: 'c', received: '2026-11-22T10:44:01.000Z' },
  ]);
});
