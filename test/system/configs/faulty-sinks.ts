import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReceivedMessage } from '../../../src/router/received-message.ts';
import type { SinkFactory } from '../../../src/router/sink.ts';

// Sinks of a user's own, each with a fault that lasts as long as the file `fault` is in the test's folder.

/** The folder that the test and its sinks share. */
export const dir = process.env['TEST_DIR'] ?? '.';

const LOOK_EVERY_MS = 50;
/** What each batch of the slow sink takes at least, as long as it is at fault. */
export const SLOW_BATCH_MS = 400;

const isFaulty = (): boolean => existsSync(join(dir, 'fault'));

/** Writes for each message its number and how late it came, in milliseconds. */
async function note(name: string, messages: readonly ReceivedMessage[]): Promise<void> {
  const now = Date.now();
  const lines = messages.map(
    ({ timestamp, metadata }) => `${JSON.stringify(metadata['n'])} ${String(now - Date.parse(timestamp))}\n`,
  );
  await appendFile(join(dir, `${name}.txt`), lines.join(''));
}

/** Takes all at once. */
export const quick: SinkFactory = ({ name }) => ({
  name,
  async write(messages) {
    await note(name, messages);
    return {};
  },
  close: () => Promise.resolve(),
});

/** Neither delivers nor fails, and does not hear that it shall give up. */
export const hung: SinkFactory = ({ name }) => ({
  name,
  async write(messages) {
    while (isFaulty()) await delay(LOOK_EVERY_MS);
    await note(name, messages);
    return {};
  },
  close: () => Promise.resolve(),
});

export const slow: SinkFactory = ({ name }) => ({
  name,
  async write(messages, signal) {
    if (isFaulty()) await delay(SLOW_BATCH_MS, undefined, { signal });
    await note(name, messages);
    return {};
  },
  close: () => Promise.resolve(),
});

/** Refuses for good what says that it is poison. */
export const picky: SinkFactory = ({ name }) => ({
  name,
  async write(messages) {
    const refused = isFaulty()
      ? messages.flatMap(({ metadata }, index) => (metadata['poison'] === true ? [{ index, reason: 'poison' }] : []))
      : [];
    const indices = new Set(refused.map(({ index }) => index));
    await note(
      name,
      messages.filter((_message, index) => !indices.has(index)),
    );
    return { refused };
  },
  close: () => Promise.resolve(),
});
