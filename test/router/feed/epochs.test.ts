import { describe, expect, it } from 'vitest';
import { createEpochs } from '../../../src/router/feed/epochs.ts';
import type { Routing } from '../../../src/router/routes/routing.ts';

const routingOf = (...sinks: string[]): Routing => ({ sinks, targets: () => [] });
const [A, B, C] = [routingOf('a'), routingOf('b'), routingOf('c')];

describe('createEpochs', () => {
  it('routes each message as was configured when it came', () => {
    const epochs = createEpochs(A);
    epochs.begin(10, B);
    epochs.begin(20, C);
    expect([0, 9, 10, 19, 20, 1_000].map((offset) => epochs.at(offset).routing)).toEqual([A, A, B, B, C, C]);
    expect([0, 10, 20].map((offset) => epochs.at(offset).until)).toEqual([10, 20, Number.POSITIVE_INFINITY]);
  });

  it('takes the last of several configurations between two messages', () => {
    const epochs = createEpochs(A);
    epochs.begin(10, B);
    epochs.begin(10, C);
    expect(epochs.at(10).routing).toBe(C);
    expect(epochs.at(9)).toMatchObject({ routing: A, until: 10 });
  });

  it('begins none for the routing that holds', () => {
    const epochs = createEpochs(A);
    epochs.begin(10, A);
    expect(epochs.count).toBe(1);
    expect(epochs.at(5).until).toBe(Number.POSITIVE_INFINITY);
  });

  it('forgets a routing only when no message of its time is left', () => {
    const epochs = createEpochs(A);
    epochs.begin(10, B);
    epochs.forget(9);
    expect(epochs.count).toBe(2);
    epochs.forget(10);
    expect(epochs.count).toBe(1);
    expect(epochs.at(10).routing).toBe(B);
  });
});
