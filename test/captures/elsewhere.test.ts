import { describe, expect, it } from 'vitest';
import * as captures from '../../src/browser/captures/index.ts';
import { createTestMetlog } from '../../src/testing/test-metlog.ts';

// In Node, as during server-side rendering: there is neither page nor window.

describe.each(['errors', 'vitals', 'navigation', 'fetchTiming', 'breadcrumbs'] as const)('%s', (name) => {
  it('is quiet where there is no page', async () => {
    const problems: unknown[] = [];
    const { metlog, messages } = createTestMetlog({
      capture: [captures[name]()],
      onError: (problem) => problems.push(problem),
    });
    await metlog.close();
    expect(messages()).toEqual([]);
    expect(problems).toEqual([]);
  });
});
