import { resolveRouterConfig } from '../router/config.ts';
import type { CliContext, CommandLine } from './command.ts';
import { findConfigFile, loadConfig } from './load-config.ts';
import { optionOrVariable, toWholeNumber, type Given } from './option-values.ts';
import { MAX_RETENTION_DAYS } from './serve-settings.ts';

export interface ImportSettings {
  /** The archive's folder. */
  readonly dir: string;
  /** Days that are kept, here or in the store to which they are copied; Infinity for ever. */
  readonly retentionDays: number;
}

/** Which archive is meant, as `serve` would say it: by the command line, the environment, the configuration. Rejects as `loadConfig` does. */
export async function readImportSettings(line: CommandLine, env: CliContext['env']): Promise<ImportSettings> {
  const given = (name: string, variable: string): Given | undefined =>
    optionOrVariable(name, line.value(name), variable, env);
  const dataDir = given('data-dir', 'METLOG_DATA_DIR')?.text;
  const retention = given('retention-days', 'METLOG_RETENTION_DAYS');
  const retentionDays = retention && toWholeNumber(retention, 1, MAX_RETENTION_DAYS);
  const place = { cwd: process.cwd(), env };
  const { config } = await loadConfig(findConfigFile(line.value('config'), place), place);
  const { archive } = resolveRouterConfig({
    ...config,
    ...(dataDir !== undefined && { dataDir }),
    archive: { ...config.archive, ...(retentionDays !== undefined && { retentionDays }) },
  });
  // What waits to be copied is not deleted before it is.
  return { dir: archive.dir, retentionDays: Math.max(archive.retentionDays, archive.remote?.keptDays ?? 0) };
}
