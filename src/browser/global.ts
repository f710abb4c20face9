import type { Metlog } from '../core/metlog.ts';
import { createMetlog } from './client.ts';
import { captureUncaught } from './captures/errors.ts';
import { createUncaught, type Uncaught } from './captures/uncaught.ts';
import { setDefaultClient } from '../core/default-client.ts';
import { messageOf } from '../core/text-of.ts';
import { readScriptOptions } from './script-options.ts';
import { replayStub } from './replay-stub.ts';
import { createSilentClient } from './silent-client.ts';
import type { Stub } from './stub.ts';

// The script tag: `window.metlog` is the client, with `createMetlog` for others, once this has run.

declare global {
  var metlog: (Metlog & { createMetlog: typeof createMetlog }) | Stub | undefined;
}

const script = document.currentScript as HTMLScriptElement | null;
const stub = globalThis.metlog;
const uncaught = createUncaught();
const client = createClient(script, uncaught);
setDefaultClient(client);
globalThis.metlog = Object.assign(Object.create(client) as Metlog, { createMetlog });
if (stub !== undefined && 'calls' in stub) replayStub(stub, client, uncaught);

/** A silent one where an attribute is wrong: the page's own scripts call it all the same, and would fail where there is none. */
function createClient(from: HTMLScriptElement | null, errors: Uncaught): Metlog {
  try {
    return createMetlog({ ...readScriptOptions(from), capture: [captureUncaught(errors)] });
  } catch (error) {
    console.warn(`metlog: ${messageOf(error)}`);
    return createSilentClient();
  }
}
