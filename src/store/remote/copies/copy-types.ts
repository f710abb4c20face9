import { bookText } from '../../types/type-book-text.ts';
import { loadTypes, typesVersion } from '../../types/types-file.ts';
import type { Remote } from '../remote.ts';

/** Where the registered types of a writer lie in a store; engines skip it. */
export const typesPathOf = (writer: string): string => `_types/${writer}.json`;

/** Writes the archive's registered types into the store, unless they are still those of `known`. Resolves to what to give as `known` the next time. */
export async function copyTypes(
  { dir, remote, writer }: { readonly dir: string; readonly remote: Remote; readonly writer: string },
  known: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const version = await typesVersion(dir);
  if (version === known || version === '') return version;
  const book = await loadTypes(dir);
  // What cannot be read is gathered anew here, and comes with the next change.
  if (book !== undefined) await remote.replace(bookText(book), typesPathOf(writer), signal);
  return version;
}
