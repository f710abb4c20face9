import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    maxWorkers: 2, // they mostly wait, and a file has one browser at a time
    testTimeout: 120_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000, interval: 100 } }, // a busy machine is slow, not wrong
    reporters: process.env['CI']
      ? ['default', ['json', { outputFile: 'node_modules/.cache/tests/browser.json' }]]
      : ['default'],
  },
});
