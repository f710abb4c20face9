import { readFileSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';

/** A longer file is no source that anyone reads, in bytes; bundles are smaller. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
/** Files kept, and UTF-16 units of them all together: what the same few errors come back to. */
const MAX_FILES = 50;
const MAX_LENGTH = 32 * 1024 * 1024;

/** The texts of files, read when they are first asked for. */
export interface SourceFiles {
  /** The text of the file at `path`, an absolute one; null where there is none that can be read. Reads it before it returns. */
  read(path: string): string | null;
}

/** Remembers the last files that were read, and those that could not be. */
export function createSourceFiles(): SourceFiles {
  const kept = new Map<string, string | null>();
  let length = 0;

  function forgetOldest(): void {
    for (const [path, text] of kept) {
      if (kept.size <= MAX_FILES && length <= MAX_LENGTH) return;
      kept.delete(path);
      length -= text?.length ?? 0;
    }
  }

  return {
    read(path) {
      const known = kept.get(path);
      if (known !== undefined) {
        kept.delete(path); // and to the end, as the one that was used last
        kept.set(path, known);
        return known;
      }
      const text = isAbsolute(path) ? readText(path) : null;
      kept.set(path, text);
      length += text?.length ?? 0;
      forgetOldest();
      return text;
    },
  };
}

function readText(path: string): string | null {
  try {
    const stats = statSync(path, { throwIfNoEntry: false }); // a bundler's names are no files
    return stats?.isFile() && stats.size <= MAX_FILE_BYTES ? readFileSync(path, 'utf8') : null;
  } catch {
    return null; // it may not be read
  }
}
