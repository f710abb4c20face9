import type { CliContext, CommandLine } from './command.ts';
import { findLocalArchive } from './local-archive.ts';
import { optionOrVariable, toWholeNumber } from './option-values.ts';
import { MAX_RETENTION_DAYS } from './serve-settings.ts';

export interface ImportSettings {
  /** The archive's folder. */
  readonly dir: string;
  /** Days that are kept, here or in the store to which they are copied; Infinity for ever. */
  readonly retentionDays: number;
  /** Days that are kept here. */
  readonly keptHereDays: number;
}

/** Which archive is meant, and how long it keeps what, as `serve` would say it. Rejects as `findLocalArchive` does, and with UsageError. */
export async function readImportSettings(line: CommandLine, context: CliContext): Promise<ImportSettings> {
  const given = optionOrVariable('retention-days', line.value('retention-days'), 'METLOG_RETENTION_DAYS', context.env);
  const days = given && toWholeNumber(given, 1, MAX_RETENTION_DAYS);
  const { dir, retentionDays, remote } = await findLocalArchive('import', line, context);
  const keptHereDays = days ?? retentionDays;
  // What waits to be copied is not deleted before it is.
  return { dir, retentionDays: Math.max(keptHereDays, remote?.keptDays ?? 0), keptHereDays };
}
