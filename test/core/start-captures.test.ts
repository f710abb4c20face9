import { describe, expect, it } from 'vitest';
import type { Capture, CaptureContext } from '../../src/core/capture.ts';
import type { Problem } from '../../src/core/books.ts';
import { createTestMetlog } from '../../src/testing/index.ts';

/** A capture that writes down what happens to it. */
function aCapture(name: string, log: string[], seen: CaptureContext[] = []): Capture {
  return {
    name,
    start(context) {
      seen.push(context);
      log.push(`${name} starts`);
      return () => void log.push(`${name} ends`);
    },
  };
}

const failing = (error: Error): Capture => ({
  name: 'broken',
  start() {
    throw error;
  },
});

describe('the option capture', () => {
  it('starts captures in order, with the client and its clock, and ends them once when the client is closed', async () => {
    const log: string[] = [];
    const seen: CaptureContext[] = [];
    const { metlog, platform } = createTestMetlog({ capture: [aCapture('a', log, seen), aCapture('b', log)] });
    expect(log).toEqual(['a starts', 'b starts']);
    expect(seen[0]?.metlog).toBe(metlog);
    expect(seen[0]?.clock.now()).toBe(platform.now());
    expect(seen[0]?.isOwnRequest('https://shop.example/')).toBe(false);
    await metlog.close();
    await metlog.close();
    expect(log).toEqual(['a starts', 'b starts', 'a ends', 'b ends']);
  });

  it('sends what a capture says as it ends', async () => {
    const capture: Capture = {
      name: 'last word',
      start:
        ({ metlog }) =>
        () =>
          metlog.incr('ended'),
    };
    const { metlog, messages } = createTestMetlog({ capture: [capture] });
    await metlog.close();
    expect(messages()).toMatchObject([{ type: 'counter', metadata: { name: 'ended' } }]);
    expect(metlog.stats.dropped).toEqual({});
  });

  it('tells of one that cannot start or end, and goes on with the others', async () => {
    const log: string[] = [];
    const problems: Problem[] = [];
    const unending: Capture = {
      name: 'unending',
      start: () => () => {
        throw new Error('never');
      },
    };
    const { metlog } = createTestMetlog({
      capture: [failing(new Error('no such thing')), unending, aCapture('b', log)],
      onError: (problem) => problems.push(problem),
    });
    await metlog.close();
    expect(log).toEqual(['b starts', 'b ends']);
    expect(problems).toEqual([{ reason: 'bad-setting', message: 'the capture broken failed: Error: no such thing' }]);
  });

  it('starts nothing in a client that is not enabled', () => {
    const log: string[] = [];
    createTestMetlog({ enabled: false, capture: [aCapture('a', log)] });
    expect(log).toEqual([]);
  });
});
