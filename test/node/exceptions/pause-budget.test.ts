import { describe, expect, it } from 'vitest';
import { createPauseBudget } from '../../../src/node/exceptions/pause-budget.ts';
import { createManualPlatform } from '../../../src/testing/manual-clock.ts';

function start() {
  const clock = createManualPlatform();
  const said: string[] = [];
  const budget = createPauseBudget(
    clock,
    (restMs) => said.push(`rest ${restMs}`),
    () => said.push('resume'),
  );
  const spend = (times: number, elapsedMs: number): void => {
    for (let count = 0; count < times; count += 1) budget.spend(elapsedMs);
  };
  return { clock, said, budget, spend };
}

describe('createPauseBudget', () => {
  it('lets fifty pauses of a second pass, second after second', () => {
    const { clock, said, spend } = start();
    for (let second = 0; second < 10; second += 1) {
      spend(49, 1);
      clock.advance(1_000);
    }
    expect(said).toEqual([]);
  });

  it('rests at the fiftieth, twice as long each time, and resumes', () => {
    const { clock, said, spend } = start();
    spend(60, 1);
    expect(said).toEqual(['rest 5000']);
    clock.advance(5_000);
    spend(50, 1);
    expect(said).toEqual(['rest 5000', 'resume', 'rest 10000']);
  });

  it('rests when they take too long, but not for the first of all', () => {
    const { clock, said, spend } = start();
    spend(1, 500);
    spend(1, 1);
    expect(said).toEqual([]);
    clock.advance(2_000);
    spend(1, 500);
    expect(said).toEqual(['rest 5000']);
  });

  it('begins anew after a quiet time, and never rests longer than an hour', () => {
    const { clock, said, spend } = start();
    for (let round = 0, restMs = 5_000; round < 15; round += 1, restMs = Math.min(restMs * 2, 3_600_000)) {
      spend(50, 1);
      expect(said.at(-1)).toBe(`rest ${restMs}`);
      clock.advance(restMs);
    }
    clock.advance(7_200_000);
    spend(50, 1);
    expect(said.at(-1)).toBe('rest 5000');
  });

  it('does not resume once it has ended', () => {
    const { clock, said, budget, spend } = start();
    spend(50, 1);
    budget.end();
    clock.advance(10_000);
    expect(said).toEqual(['rest 5000']);
  });
});
