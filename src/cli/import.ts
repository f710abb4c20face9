import { stagingDir } from '../store/layout.ts';
import { byteSize } from './byte-size.ts';
import { UsageError, type CliContext, type Command } from './command.ts';
import { importFile, type ImportRun } from './import-file.ts';
import { lockWait, removeAbandoned } from './import-lock.ts';
import { readImportSettings, type ImportSettings } from './import-settings.ts';
import { openFileSource, openStdinSource, type ImportSource } from './import-source.ts';
import { interruptedCode } from './interrupted.ts';
import { configOption, DATA_DIR_OPTION } from './local-archive.ts';
import { startProgressLine } from './progress-line.ts';

export const importCommand: Command = {
  name: 'import',
  positionals: [
    {
      name: 'FILE',
      many: true,
      wanted:
        'NDJSON as the file sink of another router or `metlog query --format ndjson` writes it, or as Metlog clients of 2011 sent it; .gz too (or - for stdin). What this archive has from its own router, whose file sink may have written it too, would be there twice. Of a file that was imported before, also under another name, what has been appended is brought in',
    },
  ],
  options: {
    'data-dir': DATA_DIR_OPTION,
    config: configOption('says where the archive is, and how long it keeps what'),
    'retention-days': {
      value: 'N',
      about:
        'days that `metlog serve` is told to keep here; older lines are brought in only if the configuration names a store that keeps them: they stay here until they are copied (METLOG_RETENTION_DAYS; default archive.retentionDays, else 30)',
    },
  },
  examples: [
    'metlog import from-old-host/2026-*.ndjson.gz',
    'zcat 2012-05-*.gz | metlog import --retention-days 36500 -',
  ],

  async run(line, context) {
    const files = line.positionals;
    if (new Set(files).size < files.length) throw new UsageError('a FILE is given twice, wanted each once');
    const settings = await readImportSettings(line, context);
    const signal = context.watchSignals();
    const progress = startProgressLine('metlog import', context.stderr, signal);
    let isWhole = true;
    try {
      await removeAbandoned(settings.dir, lockWait(context, { signal, progress }));
      for (const file of files) {
        const run = { signal, progress };
        const source = await openSource(file, settings, context, run);
        const isGood = await importFile(source, settings, context, run).finally(source.close);
        isWhole &&= isGood;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
      progress.end();
      context.stderr.write('metlog import: interrupted; run again: each line is brought in once\n');
      return interruptedCode(signal);
    } finally {
      progress.end();
    }
    return isWhole ? 0 : 1;
  },
};

function openSource(
  file: string,
  { dir }: ImportSettings,
  { stdin }: CliContext,
  run: ImportRun,
): Promise<ImportSource> {
  if (file !== '-') return openFileSource(file);
  let readBytes = 0;
  return openStdinSource(stdin, stagingDir(dir), run.signal, (count) => {
    readBytes += count;
    run.progress.says(`${byteSize(readBytes)} of stdin`);
  });
}
