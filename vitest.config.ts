import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Each of these has a set-up of its own: test/packed wants the built package, the others their own dependencies.
    exclude: ['test/packed/**', 'test/bench/**', 'test/browser/**', 'test/system/**', 'node_modules/**'],
    testTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } }, // a busy machine is slow, not wrong
    reporters: process.env['CI']
      ? ['default', ['json', { outputFile: 'node_modules/.cache/tests/unit.json' }]]
      : ['default'],
  },
});
