import { expect } from 'vitest';
import { readBooks } from './archive-books.ts';
import { sendLoad } from './load.ts';
import type { ConfiguredRouter } from './router.ts';
import { connectSdk } from './sdk.ts';

/** Sends so many messages as a client that then ends. Resolves once the router has heard its last word: what it has received then is all of it. */
export async function sendAll(router: ConfiguredRouter, count: number, perSecond = 1_000): Promise<void> {
  const ended = async (): Promise<number> => (await readBooks(router.http)).path.total.closed;
  const before = await ended();
  const metlog = connectSdk({ dest: router.udp });
  await sendLoad(metlog, { count, perSecond });
  await metlog.close();
  await expect.poll(ended).toBe(before + 1);
}
