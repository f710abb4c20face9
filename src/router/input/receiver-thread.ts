import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { messageOf } from '../../core/text-of.ts';
import { systemClock } from '../clock.ts';
import { StartError } from '../errors.ts';
import { nodeFiles } from '../journal/files.ts';
import type { Written } from '../journal/written.ts';
import { createReceiver } from './receiver.ts';
import type { FromReceiver, ThreadOptions, ToReceiver } from './receiver-protocol.ts';

/** What is told while the main thread is busy with something else: past it pieces are left out, so that they do not fill the memory. */
const MAX_UNHEARD_BYTES = 16 * 1024 * 1024;

// The thread's entry: it runs a receiver and speaks the protocol.

// A datagram of broken lines throws for each of them, and the text of a stack costs more than the rest; nobody reads it.
Error.stackTraceLimit = 0;

if (parentPort === null) throw new Error('this module is run as a thread by the router');
// The main thread made the options, from the same code.
void run(parentPort, workerData as ThreadOptions);

async function run(port: MessagePort, options: ThreadOptions): Promise<void> {
  const say = (message: FromReceiver): void => {
    port.postMessage(message);
  };
  try {
    const receiver = await createReceiver(options, {
      clock: systemClock,
      files: nodeFiles,
      onClosed: (segment) => say({ kind: 'closed-segment', segment }),
      onTrouble: (text) => say({ kind: 'trouble', text }),
      onLedgerSaved: (offset) => say({ kind: 'ledger-saved', offset }),
    });
    let unheardBytes = 0;
    const tell = ({ first, count, bytes }: Written): void => {
      if (unheardBytes > MAX_UNHEARD_BYTES) return;
      unheardBytes += bytes.length;
      const copy = new Uint8Array(bytes); // the chunk is written to again; the copy changes hands
      port.postMessage({ kind: 'written', first, count, bytes: copy } satisfies FromReceiver, [copy.buffer]);
    };
    if (options.isTapped) receiver.tap(tell);
    const { address, recvBuffer, recovered, firstOffset, ledgerOffset } = receiver;
    const offsets = { firstOffset, ledgerOffset };
    const books = { stats: receiver.stats(), summary: receiver.ledger() };
    say({ kind: 'ready', address, recvBuffer, recovered, ...offsets, ...books });

    port.on('message', (message: ToReceiver) => {
      switch (message.kind) {
        case 'accept':
          void receiver
            .accept(message.body, message.via, message.key)
            .then((acceptance) => say({ kind: 'accepted', id: message.id, acceptance }));
          return;
        case 'keys':
          receiver.setKeys(message.rules);
          return;
        case 'stats':
          say({ kind: 'stats', id: message.id, stats: receiver.stats() });
          return;
        case 'ledger':
          say({ kind: 'ledger', id: message.id, summary: receiver.ledger() });
          return;
        case 'tap':
          say({ kind: 'tapped', id: message.id, nextOffset: receiver.tap(message.on ? tell : undefined) });
          return;
        case 'heard':
          unheardBytes -= message.byteLength;
          return;
        case 'close':
          void receiver.close().then(() => {
            say({ kind: 'closed', stats: receiver.stats(), summary: receiver.ledger() });
            port.close();
          });
      }
    });
  } catch (error) {
    const code = error instanceof StartError && error.code === 'udp-unusable' ? error.code : 'receiver-failed';
    say({ kind: 'failed', code, text: messageOf(error) });
    port.close();
  }
}
