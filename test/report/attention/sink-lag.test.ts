import { expect, it } from 'vitest';
import { sinkLagItems } from '../../../src/report/attention/sink-lag.ts';
import { aSink } from '../some-books.ts';

it('names each sink whose oldest message has waited for more than a minute, the latest first', () => {
  const sinks = {
    ready: aSink({ lagMs: 60_000, waiting: 3 }),
    late: aSink({ lagMs: 60_001, waiting: 1 }),
    later: aSink({ lagMs: 725_000, waiting: 1_204, state: 'open', trouble: 'connect ECONNREFUSED\n127.0.0.1:9000' }),
  };
  expect(sinkLagItems(sinks)).toEqual([
    {
      rule: 'sink-lag',
      text: 'sink later is 12 min behind, 1,204 messages waiting: connect ECONNREFUSED 127.0.0.1:9000',
      sink: 'later',
      lagMs: 725_000,
      waiting: 1_204,
    },
    { rule: 'sink-lag', text: 'sink late is 60 s behind, 1 message waiting', sink: 'late', lagMs: 60_001, waiting: 1 },
  ]);
});
