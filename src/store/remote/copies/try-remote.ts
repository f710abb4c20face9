import { RemoteError, type Remote } from '../remote.ts';

/** Writes a file that is none of the archive's, and deletes it where that is allowed: rejects as copying one of its own would. */
export async function tryRemote(
  { remote, writer }: { readonly remote: Remote; readonly writer: string },
  signal: AbortSignal,
): Promise<void> {
  const path = `_types/${writer}.trial`;
  await remote.replace('a trial', path, signal);
  await remote.remove(path, signal).catch((error: unknown) => {
    // Else it has not been tried to its end: the next trial deletes what is left.
    if (!(error instanceof RemoteError) || error.kind !== 'refused') throw error;
  });
}
