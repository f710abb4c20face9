import { join } from 'node:path';
import { isRemoteUrl } from '../store/remote/remote-url.ts';
import { ARCHIVE_DEFAULTS } from '../router/archive/archive-options.ts';
import type { CliContext, CommandLine } from './command.ts';
import { ARCHIVE_FOLDER, DEFAULT_DATA_DIR } from './data-dir.ts';
import { findConfigFile, loadConfig } from './load-config.ts';
import { optionOrVariable, toWholeNumber } from './option-values.ts';
import { MAX_RETENTION_DAYS } from './serve-settings.ts';

export interface ImportSettings {
  /** The archive's folder. */
  readonly dir: string;
  /** Infinity where what is older is copied to a remote archive before it is deleted. */
  readonly retentionDays: number;
}

/** Which archive is meant, as `serve` would say it: by the command line, the environment, the configuration. Rejects as `loadConfig` does. */
export async function readImportSettings(line: CommandLine, env: CliContext['env']): Promise<ImportSettings> {
  const place = { cwd: process.cwd(), env };
  const { config } = await loadConfig(findConfigFile(line.value('config'), place), place);
  const given = (name: string, variable: string) => optionOrVariable(name, line.value(name), variable, env);
  const retention = given('retention-days', 'METLOG_RETENTION_DAYS');
  const retentionDays = retention && toWholeNumber(retention, 1, MAX_RETENTION_DAYS);
  const { dir = '', retentionDays: configured = ARCHIVE_DEFAULTS.retentionDays } = config.archive ?? {};
  const isRemote = isRemoteUrl(dir);
  const dataDir = given('data-dir', 'METLOG_DATA_DIR')?.text ?? config.dataDir ?? DEFAULT_DATA_DIR;
  return {
    dir: dir === '' || isRemote ? join(dataDir, ARCHIVE_FOLDER) : dir,
    retentionDays: isRemote ? Infinity : (retentionDays ?? configured),
  };
}
