import { messageOf } from '../core/text-of.ts';
import { CommandError } from './command.ts';
import type { Endpoint } from './endpoint.ts';

/** What was started, and how to stop it. */
export interface Part {
  close(): Promise<void>;
}

/** Whatever is not done by then is left as it is. */
const MAX_CLOSE_MS = 9_000;

/** Closes the parts one after the other; false if one did not end in time, which is left. */
export async function closeInTime(parts: readonly Part[], tell: (text: string) => void): Promise<boolean> {
  const late = AbortSignal.timeout(MAX_CLOSE_MS);
  for (const part of parts) {
    const closed = part.close().catch((error: unknown) => tell(`while closing: ${messageOf(error)}`));
    await Promise.race([closed, aborted(late)]);
  }
  return !late.aborted;
}

/** What an HTTP server that could not listen says, in a sentence. */
export function cannotListen({ host, port, from }: Endpoint, error: unknown): CommandError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const why =
    code === 'EADDRINUSE' ? 'the port is in use' : code === 'EACCES' ? 'the port needs more rights' : messageOf(error);
  const address = `http://${hostPort({ host, port })}`;
  if (code === 'EADDRNOTAVAIL') {
    return new CommandError(`cannot listen at ${address}: --host must be an address of this machine`, { cause: error });
  }
  return new CommandError(`cannot listen at ${address}: ${why}; ${from} names another port (0: any free one)`, {
    cause: error,
  });
}

/** As the host of an address. */
export const hostPort = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Resolves once the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
