import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReceivedMessage } from '../../../src/router/received-message.ts';
import type { RouterConfig } from '../../../src/router/router-config.ts';
import type { SinkFactory } from '../../../src/router/sink.ts';

// Sinks that note what they take, and whose faults are in the test's hands: the file `<sink>.fault` says which it has at the moment.

const dir = process.env['TEST_DIR'] ?? '.';

const read = (name: string): string => {
  try {
    return readFileSync(join(dir, name), 'utf8');
  } catch {
    return ''; // none yet
  }
};

/** By what a message is known everywhere. Written at once, so that what is noted outlives the process as a back end would. */
function note(name: string, messages: readonly ReceivedMessage[]): void {
  const lines = messages.map(({ sender, seq }) => `${String(sender)} ${String(seq)}\n`);
  appendFileSync(join(dir, `${name}.taken`), lines.join(''));
}

const faulty: SinkFactory = ({ name }) => ({
  name,
  async write(messages, signal) {
    switch (read(`${name}.fault`)) {
      case 'rejects':
        throw new Error('the back end is down');
      case 'breaks off': {
        note(name, messages.slice(0, messages.length >> 1)); // nobody knows how much of it
        throw new Error('the connection broke off');
      }
      case 'takes half':
        note(name, messages.slice(0, messages.length >> 1));
        return { retry: { from: messages.length >> 1, afterMs: 20 } };
      case 'refuses': {
        const isBad = ({ seq }: ReceivedMessage): boolean => (seq ?? 0) % 3 === 0;
        note(
          name,
          messages.filter((message) => !isBad(message)),
        );
        return { refused: messages.flatMap((message, index) => (isBad(message) ? [{ index, reason: 'bad' }] : [])) };
      }
      case 'hangs':
        while (read(`${name}.fault`) === 'hangs') await delay(20);
        throw new Error('it came back and knows nothing');
      case 'is slow':
        await delay(200, undefined, { signal });
    }
    note(name, messages);
    return {};
  },
  close: () => Promise.resolve(),
});

const isSecond = read('version') === '2';

export default {
  sinks: { metrics: faulty, orders: faulty, rest: faulty, ...(isSecond && { more: faulty }) },
  routes: [
    { match: { type: ['counter', 'timer'] }, to: ['metrics'] },
    { match: { type: 'order.*' }, to: isSecond ? ['orders', 'more'] : ['orders'] },
    { otherwise: true, to: ['rest'] },
  ],
} satisfies RouterConfig;
