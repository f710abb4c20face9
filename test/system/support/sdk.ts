import { resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Metlog, MetlogOptions } from '../../../src/node/index.ts';

// As it is built: what is tried here is what is installed.
const { createMetlog } = (await import(resolve('dist/node.js'))) as typeof import('../../../src/node/index.ts');

/** A client of the built SDK; it is closed with the test. */
export function connectSdk(options: MetlogOptions): Metlog {
  const metlog = createMetlog({ logger: 'shop', ...options });
  onTestFinished(() => metlog.close());
  return metlog;
}
