import { readdir } from 'node:fs/promises';
import type { DayRange } from '../store/day-range.ts';
import type { RemoteOptions } from '../store/remote/remote-options.ts';
import { isRemoteUrl, parseRemoteUrl, remoteUrlFault } from '../store/remote/remote-url.ts';
import { CommandError, UsageError, type CliContext, type CommandLine } from './command.ts';
import { readDays } from './day-options.ts';
import { findConfigFile, loadConfigFile } from './load-config.ts';
import { findLocalArchive } from './local-archive.ts';
import { toServerUrl } from './option-values.ts';
import type { ProgressLine } from './progress-line.ts';
import { bringHere, readCacheSettings, type CacheSettings } from './remote-archive.ts';
import { quoted } from './terminal-text.ts';

/** Where the answer is to come from. */
export type QuerySource =
  | { readonly kind: 'server'; readonly url: URL }
  | {
      readonly kind: 'folder';
      readonly dir: string;
      readonly days: DayRange;
      readonly name: string;
      readonly hint: string;
    }
  | {
      readonly kind: 'remote';
      readonly url: string;
      readonly days: DayRange;
      readonly cache: CacheSettings;
      readonly config: string | undefined;
    };

/** What the command line says, and the configuration where that names the archive. Rejects with UsageError, and as `findLocalArchive` does. */
export async function readSource(line: CommandLine, context: Pick<CliContext, 'env' | 'stderr'>): Promise<QuerySource> {
  const given = ['url', 'data-dir', 'archive'].filter((name) => line.has(name));
  const [one, other] = given;
  if (other !== undefined) throw new UsageError(`--${one} and --${other} are both given, wanted: one of them`);
  const archive = line.value('archive');
  const isRemote = archive !== undefined && isRemoteUrl(archive);
  const stray = ['cache-dir', 'cache-gib'].find((name) => line.has(name));
  if (stray !== undefined && !isRemote)
    throw new UsageError(`--${stray} is for remote archives, wanted: --archive with the address of one`);
  const url = line.value('url');
  if (line.has('config') && (url !== undefined || (archive !== undefined && !isRemote)))
    throw new UsageError(`--config and --${one ?? ''} are both given, wanted: one of them`);
  const days = readDays(line);
  if (url !== undefined) {
    const day = ['from', 'to'].find((name) => line.has(name));
    if (day !== undefined)
      throw new UsageError(
        `--${day} is for archives that are read here; with --url, wanted: received in the statement`,
      );
    return { kind: 'server', url: toServerUrl({ from: '--url', text: url }) };
  }
  if (archive === undefined) {
    const { dir, name, namedBy } = await findLocalArchive('query', line, context);
    return { kind: 'folder', dir, days, name, hint: `; start \`metlog serve\`, or name another with ${namedBy}` };
  }
  if (!isRemote) return { kind: 'folder', dir: archive, days, name: quoted(archive), hint: '' };
  if (parseRemoteUrl(archive) === undefined) {
    throw new UsageError(`--archive ${remoteUrlFault(archive)}, got ${quoted(archive)}`);
  }
  return { kind: 'remote', url: archive, days, cache: readCacheSettings(line), config: line.value('config') };
}

/** Has the archive in a folder, and resolves to it. Rejects with CommandError if there is none, and with RemoteError. */
export async function prepare(
  source: Exclude<QuerySource, { readonly kind: 'server' }>,
  context: CliContext,
  run: { readonly signal: AbortSignal; readonly progress: ProgressLine },
): Promise<string> {
  if (source.kind === 'folder') {
    // Opening would make the folder: after a slip of the keys an empty answer, and a folder that nobody wanted.
    await requireFolder(source);
    return source.dir;
  }
  // Only who asks for a remote archive waits for what it takes to reach one.
  const { openRemote } = await import('../store/remote/open-remote.ts');
  const remote = await openRemote(source.url, await readRemoteOptions(source.config, context.env));
  try {
    return await bringHere(remote, source.days, source.cache, context, run);
  } finally {
    await remote.close();
  }
}

/** What the configuration says of how stores are reached: users, keys, regions. The environment says the rest. */
async function readRemoteOptions(file: string | undefined, env: CliContext['env']): Promise<RemoteOptions> {
  const place = { cwd: process.cwd(), env };
  const { hdfs, s3 } = (await loadConfigFile(findConfigFile(file, place), place)).archive ?? {};
  return { ...(hdfs && { hdfs }), ...(s3 && { s3 }) };
}

/** What to say of an archive without messages: whoever asked may be early, or in the wrong place. */
export function emptyText(source: QuerySource): string {
  if (source.kind === 'server') return 'the archive holds no messages yet';
  const where = source.kind === 'folder' ? source.name : quoted(source.url);
  const { from, to } = source.days;
  if (from !== undefined || to !== undefined) return `the archive in ${where} holds no messages of these days`;
  // There are no folders in it, so that nobody can tell an archive without files from a slip of the keys.
  if (source.kind === 'remote' && source.url.startsWith('s3:'))
    return `there are no files of an archive below ${where}`;
  return `the archive in ${where} holds no messages yet`;
}

async function requireFolder({
  dir,
  name,
  hint,
}: {
  readonly dir: string;
  readonly name: string;
  readonly hint: string;
}): Promise<void> {
  try {
    await readdir(dir);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ENOENT') throw new CommandError(`there is no archive in ${name} yet${hint}`, { cause: error });
    throw new CommandError(`the archive in ${name} cannot be read (${code})${hint}`, { cause: error });
  }
}
