import type { Metlog } from '../core/metlog.ts';
import { createMetlog } from './client.ts';
import { errors } from './captures/errors.ts';
import { setDefaultClient } from '../core/default-client.ts';
import { readScriptOptions } from './script-options.ts';
import { replayStub, type Stub } from './replay-stub.ts';

// The script tag: `window.metlog` is the client, with `createMetlog` for others, once this has run.

declare global {
  var metlog: (Metlog & { createMetlog: typeof createMetlog }) | Stub | undefined;
}

const script = document.currentScript as HTMLScriptElement | null;
const stub = globalThis.metlog;
const client = createMetlog({ ...readScriptOptions(script), capture: [errors()] });
setDefaultClient(client);
globalThis.metlog = Object.assign(Object.create(client) as Metlog, { createMetlog });
if (stub !== undefined && 'calls' in stub) replayStub(stub, client);
