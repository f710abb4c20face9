import { setTimeout as delay } from 'node:timers/promises';

const LEFT_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 20;

/** Where the page is; it leaves for the empty one, of which it is told once. */
const LEAVE = `((window.isLeaving ??= location.href === 'about:blank' || setTimeout(() => location.replace('about:blank'))), location.href)`;

/** Has a page leave for the empty one by itself, and waits until it is there. A page that was just being left for another one hears it in vain, so the next is told too. */
export async function leave(evaluate: (expression: string) => Promise<unknown>): Promise<void> {
  const giveUpMs = performance.now() + LEFT_WITHIN_MS;
  // What is asked while the page changes is not answered.
  const address = (): Promise<unknown> => evaluate(LEAVE).catch(() => undefined);
  while ((await address()) !== 'about:blank') {
    if (performance.now() > giveUpMs) throw new Error('the page was not left');
    await delay(LOOK_EVERY_MS);
  }
}
