import { setTimeout as wait } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { createNodePlatform } from '../../src/node/platform.ts';
import { createManualPlatform, platformContract } from '../../src/testing/index.ts';

describe('a platform in Node', () => {
  // Real time is what this one is about.
  const cases = platformContract(() => ({ platform: createNodePlatform(), pass: (ms) => wait(ms) }));
  for (const { name, run } of cases) it(name, run);
});

describe('a manual platform', () => {
  const cases = platformContract(() => {
    const platform = createManualPlatform();
    return { platform, pass: async (ms) => platform.advance(ms) };
  });
  for (const { name, run } of cases) it(name, run);
});
