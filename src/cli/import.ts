import { DAY_MS, dayOf } from '../core/day.ts';
import { many } from '../report/words.ts';
import { readImportRecord, writeImportRecord } from '../store/import/import-record.ts';
import { lineBatches } from '../store/import/line-batches.ts';
import { openImport, type ImportCounts } from '../store/import/open-import.ts';
import { stagingDir } from '../store/layout.ts';
import { byteSize } from './byte-size.ts';
import { UsageError, type CliContext, type Command } from './command.ts';
import { DEFAULT_DATA_DIR } from './data-dir.ts';
import { lockImport, removeAbandoned } from './import-lock.ts';
import { readImportSettings, type ImportSettings } from './import-settings.ts';
import { contentId, openFileSource, openStdinSource, type ImportSource } from './import-source.ts';
import { interruptedCode } from './interrupted.ts';
import { progressBar } from './progress-bar.ts';
import { startProgressLine, type ProgressLine } from './progress-line.ts';

/** Lines that are no message are named up to here, and counted past it. */
const MAX_TOLD = 5;

export const importCommand: Command = {
  name: 'import',
  positionals: [
    {
      name: 'FILE',
      many: true,
      wanted:
        'NDJSON as the file sink or `metlog query --format ndjson` writes it, or as Metlog clients of 2011 sent it; .gz too (or - for stdin)',
    },
  ],
  options: {
    'data-dir': { value: 'DIR', about: `the data folder (METLOG_DATA_DIR; default ${DEFAULT_DATA_DIR})` },
    config: {
      value: 'FILE',
      about:
        'says how long the archive keeps what (METLOG_CONFIG; default metlog.config.ts, .mjs or .json here, if there is one)',
    },
    'retention-days': {
      value: 'N',
      about:
        'days that `metlog serve` is told to keep; older lines are not brought in (METLOG_RETENTION_DAYS; default 30)',
    },
  },
  examples: ['metlog import other.ndjson.1 other.ndjson', 'zcat 2012-05-*.gz | metlog import --retention-days 36500 -'],

  async run(line, context) {
    const files = line.positionals;
    if (new Set(files).size < files.length) throw new UsageError('a FILE is given twice, wanted each once');
    const settings = await readImportSettings(line, context.env);
    const signal = context.watchSignals();
    const progress = startProgressLine('metlog import', context.stderr, signal);
    let isWhole = true;
    try {
      await removeAbandoned(settings.dir);
      for (const file of files) {
        const told = await importFile(file, settings, context, { signal, progress });
        isWhole &&= told;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
      progress.end();
      context.stderr.write('metlog import: interrupted; run again, it goes on where it was\n');
      return interruptedCode(signal);
    } finally {
      progress.end();
    }
    return isWhole ? 0 : 1;
  },
};

interface Run {
  readonly signal: AbortSignal;
  readonly progress: ProgressLine;
}

/** Brings in one file and tells of it; false if not all of it that is a message is in the archive now, or none of it is one. */
async function importFile(file: string, settings: ImportSettings, context: CliContext, run: Run): Promise<boolean> {
  const source = await openSource(file, settings, context, run);
  try {
    const id = await contentId(watched(source, run, () => 'reading'));
    const record = await readImportRecord(settings.dir, id);
    if (record !== undefined) {
      tell(
        run,
        context.stdout,
        `${source.name}: imported already at ${record.at}, ${many(record.messages, 'message')}`,
      );
      return true;
    }
    const lock = lockImport(settings.dir, id, source.name);
    try {
      const counts = await bringIn(source, id, settings, context, run);
      tell(run, context.stdout, `${source.name}: ${summary(counts)}`);
      return tellOfRest(source, counts, settings, context, run);
    } finally {
      lock.release();
    }
  } finally {
    await source.close();
  }
}

function openSource(file: string, { dir }: ImportSettings, { stdin }: CliContext, run: Run): Promise<ImportSource> {
  if (file !== '-') return openFileSource(file);
  let readBytes = 0;
  return openStdinSource(stdin, stagingDir(dir), run.signal, (count) => {
    readBytes += count;
    run.progress.says(`${byteSize(readBytes)} of stdin`);
  });
}

async function bringIn(
  source: ImportSource,
  id: string,
  { dir, retentionDays }: ImportSettings,
  { stderr }: CliContext,
  run: Run,
): Promise<ImportCounts> {
  const oldest = oldestKept(retentionDays);
  let told = 0;
  const opened = await openImport({
    dir,
    id,
    keeps: (dt) => dt >= oldest,
    onRefused: (number, reason) => {
      if (told++ < MAX_TOLD) tell(run, stderr, `metlog import: ${source.name}, line ${number}: no message (${reason})`);
    },
  });
  const stop = (): void => void opened.close(); // what is under way may take longer than somebody waits
  run.signal.addEventListener('abort', stop);
  try {
    const pieces = watched(source, run, () => countsText(opened.counts()));
    for await (const batch of lineBatches(pieces)) await opened.take(batch);
    await opened.finish();
    const counts = opened.counts();
    if (counts.tooOld === 0) {
      const messages = counts.imported + counts.earlier;
      await writeImportRecord(dir, id, { at: new Date().toISOString(), messages, refused: counts.refused });
    }
    return counts;
  } finally {
    run.signal.removeEventListener('abort', stop);
    await opened.close();
  }
}

/** The pieces of a source, with the progress line at work, until the signal. */
async function* watched(source: ImportSource, { signal, progress }: Run, what: () => string): AsyncGenerator<Buffer> {
  let readBytes = 0;
  for await (const piece of source.read((count) => (readBytes += count))) {
    if (signal.aborted) throw new Error('interrupted');
    progress.says(
      `${progressBar(readBytes / source.bytes)}, ${byteSize(readBytes)} of ${byteSize(source.bytes)}, ${what()}`,
    );
    yield piece;
  }
}

const countsText = ({ lines, refused }: ImportCounts): string =>
  `${many(lines, 'line')}${refused === 0 ? '' : `, ${many(refused, 'line')} skipped`}`;

function summary({ imported, earlier, refused, days }: ImportCounts): string {
  const before = earlier === 0 ? '' : `, ${many(earlier, 'message')} of an earlier run`;
  const skipped = refused === 0 ? '' : `, ${many(refused, 'line')} skipped`;
  return `${many(imported, 'message')} of ${many(days, 'day')}${before}${skipped}`;
}

/** What was asked and not done; true if there is no such thing. */
function tellOfRest(
  { name }: ImportSource,
  { lines, imported, earlier, refused, tooOld }: ImportCounts,
  { retentionDays }: ImportSettings,
  { stderr }: CliContext,
  run: Run,
): boolean {
  if (tooOld > 0) {
    tell(
      run,
      stderr,
      `metlog import: ${name}: ${many(tooOld, 'line')} of days before ${oldestKept(retentionDays)} not imported, as \`metlog serve\` would delete them: archive.retentionDays is ${retentionDays}; name a configuration that keeps more with --config`,
    );
    return false;
  }
  if (refused === 0 || imported + earlier > 0) return true;
  tell(run, stderr, `metlog import: ${name}: none of its ${many(lines, 'line')} is a message`);
  return false;
}

const oldestKept = (retentionDays: number): string =>
  retentionDays === Infinity ? '' : dayOf(Math.max(0, Date.now() - retentionDays * DAY_MS));

/** A line of its own, with the progress line out of the way. */
function tell({ progress }: Run, output: CliContext['stdout'], text: string): void {
  progress.clear();
  output.write(`${text}\n`);
}
