import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/packed/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 30_000 } },
    reporters: process.env['CI']
      ? ['default', ['json', { outputFile: 'node_modules/.cache/tests/packed.json' }]]
      : ['default'],
  },
});
