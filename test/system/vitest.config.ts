import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/system/**/*.test.ts'],
    fileParallelism: false, // each file has a few servers of its own, and one of them compares latencies
    testTimeout: 240_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000, interval: 100 } }, // a busy machine is slow, not wrong
    reporters: process.env['CI']
      ? ['default', ['json', { outputFile: 'node_modules/.cache/tests/system.json' }]]
      : ['default'],
  },
});
