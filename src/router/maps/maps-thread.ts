import { parentPort, workerData } from 'node:worker_threads';
import { createMapReader } from './map-reader.ts';
import type { FromMaps, ToMaps } from './maps-protocol.ts';

// The thread's entry: to parse a map of some megabytes takes longer than datagrams can wait.

if (parentPort === null) throw new Error('this module is run as a thread by the router');
const port = parentPort;
const say = (message: FromMaps): void => port.postMessage(message);
const reader = createMapReader((workerData as { readonly dir: string }).dir, {
  onBroken: (text) => say({ kind: 'broken', text }),
});

// One after the other: what is asked together is mostly in one map, which is parsed for the first.
let latest = Promise.resolve();
port.on('message', ({ id, query }: ToMaps) => {
  latest = latest
    .then(() => reader.find(query))
    .catch((error: unknown) => {
      say({ kind: 'broken', text: `source maps cannot be read: ${String(error)}` });
      return query.frames;
    })
    .then((frames) => say({ kind: 'found', id, frames }));
});
