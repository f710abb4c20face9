import type { Metlog } from '../core/metlog.ts';
import { createMetlog } from './client.ts';
import { captureUncaught } from './captures/errors.ts';
import { createUncaught } from './captures/uncaught.ts';
import { setDefaultClient } from '../core/default-client.ts';
import { readScriptOptions } from './script-options.ts';
import { replayStub } from './replay-stub.ts';
import type { Stub } from './stub.ts';

// The script tag: `window.metlog` is the client, with `createMetlog` for others, once this has run.

declare global {
  var metlog: (Metlog & { createMetlog: typeof createMetlog }) | Stub | undefined;
}

const script = document.currentScript as HTMLScriptElement | null;
const stub = globalThis.metlog;
const uncaught = createUncaught();
const client = createMetlog({ ...readScriptOptions(script), capture: [captureUncaught(uncaught)] });
setDefaultClient(client);
globalThis.metlog = Object.assign(Object.create(client) as Metlog, { createMetlog });
if (stub !== undefined && 'calls' in stub) replayStub(stub, client, uncaught);
