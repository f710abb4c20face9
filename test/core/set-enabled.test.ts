import { describe, expect, it } from 'vitest';
import type { Capture } from '../../src/core/capture.ts';
import { createTestMetlog } from '../../src/testing/index.ts';

describe('setEnabled', () => {
  it('forgets what waits, says nothing more, and begins again as another sender', async () => {
    const { metlog, messages, platform, transports } = createTestMetlog({ strict: false });
    metlog.incr('before');
    metlog.setEnabled(false);
    metlog.incr('while');
    metlog.child({ logger: 'child' }).info('while');
    expect(metlog.time('t', () => 5)).toBe(5);
    platform.advance(600_000);
    await metlog.flush();
    expect([messages(), transports.map(({ attemptCount }) => attemptCount)]).toEqual([[], [0]]);
    metlog.setEnabled(true);
    metlog.incr('after');
    expect(messages()).toMatchObject([{ metadata: { name: 'after' } }]);
    expect(transports).toHaveLength(2);
    expect(metlog.stats).toEqual({ accepted: 2, sent: 0, queued: 1, merged: 0, dropped: { disabled: 1 } });
  });

  it('forgets what waits to be summed', () => {
    const { metlog, messages } = createTestMetlog({ aggregate: true });
    metlog.incr('a');
    metlog.incr('a');
    metlog.setEnabled(false);
    expect(messages()).toEqual([]);
    expect(metlog.stats).toEqual({ accepted: 2, sent: 0, queued: 0, merged: 1, dropped: { disabled: 1 } });
  });

  it('goes where the destination was set meanwhile, and tells nobody of what was wanted', () => {
    const problems: unknown[] = [];
    const { metlog, transports } = createTestMetlog({
      strict: false,
      enabled: false,
      onError: (p) => problems.push(p),
    });
    metlog.setMetlogDest('elsewhere:');
    expect(transports).toHaveLength(0);
    metlog.setEnabled(true);
    metlog.incr('a');
    metlog.setEnabled(true);
    metlog.setEnabled(false);
    expect([transports.length, problems]).toEqual([1, []]);
  });

  it('ends the captures, and starts them again', () => {
    const events: string[] = [];
    const capture: Capture = {
      name: 'one',
      start() {
        events.push('start');
        return () => void events.push('end');
      },
    };
    const { metlog } = createTestMetlog({ capture: [capture] });
    metlog.setEnabled(false);
    metlog.setEnabled(true);
    expect(events).toEqual(['start', 'end', 'start']);
  });
});
