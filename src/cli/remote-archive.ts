import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { many } from '../report/words.ts';
import type { DayRange } from '../store/day-range.ts';
import { openArchiveCache } from '../store/remote/cache/archive-cache.ts';
import type { FetchProgress } from '../store/remote/cache/fetch-files.ts';
import type { Remote } from '../store/remote/remote.ts';
import { byteSize } from './byte-size.ts';
import { CommandError, type CliContext, type CommandLine, type OptionSpec } from './command.ts';
import { toWholeNumber } from './option-values.ts';
import { progressBar } from './progress-bar.ts';
import type { ProgressLine } from './progress-line.ts';
import { safeText } from './terminal-text.ts';

const GIB: number = 1024 ** 3;
const DEFAULT_CACHE_GIB = 20;
const MOST_GIB = 1_000_000;
/** More than somebody waits for without being told. */
const LARGE_BYTES: number = 256 * 1024 * 1024;

export const CACHE_OPTIONS: Readonly<Record<'cache-dir' | 'cache-gib', OptionSpec>> = {
  'cache-dir': {
    value: 'DIR',
    about: 'where files of a remote archive are kept for the next time (default a folder below ~/.cache/metlog)',
  },
  'cache-gib': {
    value: 'N',
    about: `GiB that it may hold; days not asked for the longest go first (default ${DEFAULT_CACHE_GIB})`,
  },
};

export interface CacheSettings {
  /** Undefined for one of the archive's own. */
  readonly dir: string | undefined;
  readonly limitBytes: number;
}

/** What the command line says of the cache. Throws UsageError. */
export function readCacheSettings(line: CommandLine): CacheSettings {
  const text = line.value('cache-gib') ?? String(DEFAULT_CACHE_GIB);
  return { dir: line.value('cache-dir'), limitBytes: toWholeNumber({ from: '--cache-gib', text }, 1, MOST_GIB) * GIB };
}

/** Two archives never share one: their files may have the same names. */
function cacheDirOf(url: string, env: CliContext['env']): string {
  const given = env['XDG_CACHE_HOME'];
  const base = given === undefined || given === '' ? join(homedir(), '.cache') : given;
  return join(base, 'metlog', createHash('sha256').update(url).digest('hex').slice(0, 16));
}

/** Brings days of a remote archive into the cache, and resolves to the folder that a store can be opened in. Rejects with RemoteError or CommandError. */
export async function bringHere(
  remote: Remote,
  days: DayRange,
  { dir, limitBytes }: CacheSettings,
  { env, stderr }: CliContext,
  { signal, progress }: { readonly signal: AbortSignal; readonly progress: ProgressLine },
): Promise<string> {
  const path = resolve(dir ?? cacheDirOf(remote.url, env));
  progress.says('looking what there is');
  const cache = await openArchiveCache(remote, path, days, signal);
  const { wanted, missing } = cache;
  if (wanted.bytes > limitBytes) {
    throw new CommandError(
      `the days asked for hold ${byteSize(wanted.bytes)}, and the cache may hold ${byteSize(limitBytes)}: ask for fewer with --from and --to, or allow more with --cache-gib`,
    );
  }
  if (missing.bytes > LARGE_BYTES) {
    progress.clear();
    stderr.write(
      `metlog query: copying ${byteSize(missing.bytes)} in ${many(missing.count, 'file')} to ${safeText(path)}; --from and --to ask for fewer days\n`,
    );
  }
  const startedMs = performance.now();
  const onProgress = ({ fetchedBytes, totalBytes }: FetchProgress): void => {
    const seconds = Math.max(0.001, (performance.now() - startedMs) / 1_000);
    progress.says(
      `copying ${progressBar(fetchedBytes / totalBytes)}, ${byteSize(fetchedBytes)} of ${byteSize(totalBytes)}, ${byteSize(fetchedBytes / seconds)}/s`,
    );
  };
  await cache.fill({ limitBytes, now: Date.now(), signal, onProgress });
  progress.says(undefined);
  return path;
}
