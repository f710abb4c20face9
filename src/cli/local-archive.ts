import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ResolvedArchive } from '../router/archive/archive-options.ts';
import { resolveRouterConfig } from '../router/config.ts';
import type { RouterConfig } from '../router/router-config.ts';
import type { CliContext, CommandLine, OptionSpec } from './command.ts';
import { ARCHIVE_FOLDER, DEFAULT_DATA_DIR } from './data-dir.ts';
import { findConfigFile, loadConfigFile } from './load-config.ts';
import { optionOrVariable } from './option-values.ts';
import { quoted, safeText } from './terminal-text.ts';

export const DATA_DIR_OPTION: OptionSpec = {
  value: 'DIR',
  about: `the data folder (METLOG_DATA_DIR; default ${DEFAULT_DATA_DIR})`,
};

/** `--config` of a command for which it says `what`. */
export const configOption = (what: string): OptionSpec => ({
  value: 'FILE',
  about: `${what} (METLOG_CONFIG; default metlog.config.ts, .mjs or .json here, if there is one)`,
});

/** The archive on this machine. */
export interface LocalArchive extends ResolvedArchive {
  /** The configuration's file, as it was named or found; undefined where there is none. */
  readonly file: string | undefined;
  readonly config: RouterConfig;
  /** As a line about it names it: by the data folder that it is in, or by its own. */
  readonly name: string;
  /** What says where it is, for who meant another. */
  readonly namedBy: string;
}

/**
 * Where `serve` keeps the archive, by the command line, the environment and the configuration: in the data folder, unless `archive.dir` is a folder.
 * Says on stderr, as `command`, if the folder that `--data-dir` names has an archive of its own, and this is another. Rejects as `loadConfigFile` does.
 */
export async function findLocalArchive(
  command: string,
  line: CommandLine,
  { env, stderr }: Pick<CliContext, 'env' | 'stderr'>,
): Promise<LocalArchive> {
  const place = { cwd: process.cwd(), env };
  const found = findConfigFile(line.value('config'), place);
  const config = await loadConfigFile(found, place);
  const dataDir = optionOrVariable('data-dir', line.value('data-dir'), 'METLOG_DATA_DIR', env)?.text;
  const resolved = resolveRouterConfig({ ...config, ...(dataDir !== undefined && { dataDir }) });
  const { archive } = resolved;
  const isInDataDir = archive.dir === join(resolved.dataDir, ARCHIVE_FOLDER);
  const file = found?.text ?? '';
  if (line.has('data-dir') && isPassedOver(join(resolved.dataDir, ARCHIVE_FOLDER), archive.dir)) {
    const why = `as archive.dir in ${safeText(file)} says, not the one in ${quoted(resolved.dataDir)}`;
    stderr.write(`metlog ${command}: the archive is ${quoted(archive.dir)}, ${why}\n`);
  }
  return {
    ...archive,
    file: found?.text,
    config,
    name: quoted(isInDataDir ? resolved.dataDir : archive.dir),
    namedBy: isInDataDir ? '--data-dir' : `archive.dir in ${file}`,
  };
}

const isPassedOver = (one: string, taken: string): boolean => resolve(one) !== resolve(taken) && existsSync(one);
