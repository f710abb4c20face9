import type { Remote } from '../remote.ts';

/** Writes a file that is none of the archive's, and deletes it where that is allowed: rejects as copying one of its own would. */
export async function tryRemote(
  { remote, writer }: { readonly remote: Remote; readonly writer: string },
  signal: AbortSignal,
): Promise<void> {
  const path = `_types/${writer}.trial`;
  await remote.replace('a trial', path, signal);
  await remote.remove(path, signal).catch(() => undefined);
}
