import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    fileParallelism: false, // each file has three browsers of its own
    testTimeout: 120_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000, interval: 100 } }, // a busy machine is slow, not wrong
    reporters: process.env['CI']
      ? ['default', ['json', { outputFile: 'node_modules/.cache/tests/browser.json' }]]
      : ['default'],
  },
});
