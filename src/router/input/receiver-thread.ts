import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { messageOf } from '../../core/text-of.ts';
import { systemClock } from '../clock.ts';
import { StartError } from '../errors.ts';
import { nodeFiles } from '../journal/files.ts';
import { createReceiver, type ReceiverOptions } from './receiver.ts';
import type { FromReceiver, ToReceiver } from './receiver-protocol.ts';

// The thread's entry: it runs a receiver and speaks the protocol.

// A datagram of broken lines throws for each of them, and the text of a stack costs more than the rest; nobody reads it.
Error.stackTraceLimit = 0;

if (parentPort === null) throw new Error('this module is run as a thread by the router');
// The main thread made the options, from the same code.
void run(parentPort, workerData as ReceiverOptions);

async function run(port: MessagePort, options: ReceiverOptions): Promise<void> {
  const say = (message: FromReceiver): void => {
    port.postMessage(message);
  };
  try {
    const receiver = await createReceiver(options, {
      clock: systemClock,
      files: nodeFiles,
      onClosed: (segment) => say({ kind: 'closed-segment', segment }),
      onTrouble: (text) => say({ kind: 'trouble', text }),
    });
    const { address, recvBuffer, recovered } = receiver;
    say({ kind: 'ready', address, recvBuffer, recovered, stats: receiver.stats() });

    const tapped = (bytes: Uint8Array): void => {
      const copy = new Uint8Array(bytes); // the chunk is written to again; the copy changes hands
      port.postMessage({ kind: 'tapped', bytes: copy } satisfies FromReceiver, [copy.buffer]);
    };
    port.on('message', (message: ToReceiver) => {
      switch (message.kind) {
        case 'accept':
          void receiver
            .accept(message.body, message.via)
            .then((acceptance) => say({ kind: 'accepted', id: message.id, acceptance }));
          return;
        case 'stats':
          say({ kind: 'stats', id: message.id, stats: receiver.stats() });
          return;
        case 'tap':
          receiver.tap(message.on ? tapped : undefined);
          return;
        case 'close':
          void receiver.close().then(() => {
            say({ kind: 'closed', stats: receiver.stats() });
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
