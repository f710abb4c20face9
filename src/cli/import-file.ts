import { DAY_MS, dayOf } from '../core/day.ts';
import { many } from '../report/words.ts';
import { firstBytes, identify, type ContentIdentity } from '../store/import/content-identity.ts';
import {
  knownContents,
  noteContent,
  readImportRecord,
  writeImportRecord,
  type ImportRecord,
} from '../store/import/import-record.ts';
import { lineBatches } from '../store/import/line-batches.ts';
import { openImport, type ImportCounts } from '../store/import/open-import.ts';
import { readImportLine } from '../store/import/read-line.ts';
import { byteSize } from './byte-size.ts';
import type { CliContext } from './command.ts';
import { lockImport, lockWait } from './import-lock.ts';
import type { ImportSettings } from './import-settings.ts';
import type { ImportSource } from './import-source.ts';
import { progressBar } from './progress-bar.ts';
import type { ProgressLine } from './progress-line.ts';

/** Lines that are no message are named up to here, and counted past it. */
const MAX_TOLD = 5;
const NEWLINE = 0x0a;

export interface ImportRun {
  readonly signal: AbortSignal;
  readonly progress: ProgressLine;
}

/** What is in the archive of a content's beginning. */
type Done = Pick<ImportRecord, 'lines' | 'messages'> & { readonly isWhole: boolean };

const NOTHING: Done = { lines: 0, messages: 0, isWhole: true };

/**
 * Brings in one file and tells of it; false if not all of it that is a message is in the archive now, or none of it is one. What an earlier import had of a file that has grown since
 * is left out; if that import was not finished, it is first.
 */
export async function importFile(
  source: ImportSource,
  settings: ImportSettings,
  context: CliContext,
  run: ImportRun,
): Promise<boolean> {
  const known = await knownContents(settings.dir);
  const parts = await identify(
    watched(source, run, () => 'reading'),
    known.map(({ bytes }) => bytes),
  );
  const own = parts.at(-1);
  const hashes = new Set(known.map(({ sha256 }) => sha256));
  let before = NOTHING;
  let isGood = true;
  for (const part of parts.filter((one) => one === own || hashes.has(one.sha256))) {
    const name = part === own ? source.name : `${source.name}, its first ${byteSize(part.bytes)}`;
    const lock = await lockImport(settings.dir, part.id, source.name, lockWait(context, run));
    try {
      // Only now: another process may have had the lock, and have finished.
      const record = await readImportRecord(settings.dir, part.id);
      if (record !== undefined) {
        before = { ...record, isWhole: true };
        if (part !== own) continue;
        const { at, messages, refused } = record;
        tell(
          run,
          context.stdout,
          `${name}: imported already at ${at}, ${many(messages, 'message')}${skipped(refused)}`,
        );
        isGood = tellOfNothing(name, messages, refused, context, run) && isGood;
        continue;
      }
      const { counts, done, passing } = await bringIn({ ...source, name }, part, before, settings, context, run);
      tell(run, context.stdout, `${name}: ${summary(counts, before)}${ofStore(passing, settings)}`);
      isGood = tellOfRest(name, counts, before, settings, context, run) && isGood;
      before = done;
    } finally {
      lock.release();
    }
  }
  return isGood;
}

async function bringIn(
  source: ImportSource,
  part: ContentIdentity,
  before: Done,
  { dir, retentionDays, keptHereDays }: ImportSettings,
  { stdout, stderr }: CliContext,
  run: ImportRun,
): Promise<{ readonly counts: ImportCounts; readonly done: Done; readonly passing: number }> {
  const oldest = oldestKept(retentionDays);
  const oldestHere = oldestKept(keptHereDays);
  const passing = new Set<string>();
  let told = 0;
  const opened = await openImport({
    dir,
    id: part.id,
    from: before.lines,
    keeps(dt) {
      if (dt >= oldest && dt < oldestHere) passing.add(dt);
      return dt >= oldest;
    },
    onRefused: (number, reason) => {
      if (told++ < MAX_TOLD) tell(run, stderr, `metlog import: ${source.name}, line ${number}: no message (${reason})`);
    },
  });
  const stop = (): void => void opened.close(); // what is under way may take longer than somebody waits
  run.signal.addEventListener('abort', stop);
  try {
    await noteContent(dir, part);
    let lastByte: number | undefined;
    let lastLine: string | undefined;
    const pieces = watched(source, run, () => countsText(opened.counts()));
    const seen = async function* (): AsyncGenerator<Buffer> {
      for await (const piece of firstBytes(pieces, part.bytes)) {
        lastByte = piece.at(-1);
        yield piece;
      }
    };
    for await (const batch of lineBatches(seen())) {
      lastLine = batch.lines.at(-1);
      await opened.take(batch);
    }
    await opened.finish();
    const counts = opened.counts();
    const isEnded = lastByte === NEWLINE || (lastLine !== undefined && !('refused' in readImportLine(lastLine)));
    const done: Done = {
      lines: Math.max(before.lines, isEnded ? counts.lines : counts.lines - 1),
      messages: before.messages + counts.imported + counts.earlier,
      isWhole: before.isWhole && counts.tooOld === 0,
    };
    const { lines, messages } = done;
    if (done.isWhole)
      await writeImportRecord(dir, part.id, {
        at: new Date().toISOString(),
        messages,
        refused: counts.refused,
        lines,
      });
    return { counts, done, passing: passing.size };
  } finally {
    run.signal.removeEventListener('abort', stop);
    await opened.close();
    const { inPlace } = opened.counts();
    if (run.signal.aborted && inPlace > 0)
      tell(run, stdout, `${source.name}: ${many(inPlace, 'message')} so far, which are in the archive`);
  }
}

/** The pieces of a source, with the progress line at work, until the signal. */
async function* watched(
  source: ImportSource,
  { signal, progress }: ImportRun,
  what: () => string,
): AsyncGenerator<Buffer> {
  let readBytes = 0;
  for await (const piece of source.read((count) => (readBytes += count))) {
    if (signal.aborted) throw new Error('interrupted');
    progress.says(
      `${progressBar(readBytes / source.bytes)}, ${byteSize(readBytes)} of ${byteSize(source.bytes)}, ${what()}`,
    );
    yield piece;
  }
}

const countsText = ({ lines, refused }: ImportCounts): string => `${many(lines, 'line')}${skipped(refused)}`;

function summary({ imported, earlier, refused, days }: ImportCounts, before: Done): string {
  const had = earlier + before.messages;
  const ofBefore = had === 0 ? '' : `, ${many(had, 'message')} of an earlier run`;
  return `${many(imported, 'message')} of ${many(days, 'day')}${ofBefore}${skipped(refused)}`;
}

/** Of days that the archive keeps only until they are copied. */
const ofStore = (days: number, { keptHereDays }: ImportSettings): string =>
  days === 0
    ? ''
    : `; ${many(days, 'day')} before ${oldestKept(keptHereDays)} for the store, and not kept here once copied`;

const skipped = (refused: number): string => (refused === 0 ? '' : `, ${many(refused, 'line')} skipped`);

/** What was asked and not done; true if there is no such thing. */
function tellOfRest(
  name: string,
  { imported, earlier, refused, tooOld }: ImportCounts,
  before: Done,
  { retentionDays }: ImportSettings,
  context: CliContext,
  run: ImportRun,
): boolean {
  if (tooOld > 0) {
    tell(
      run,
      context.stderr,
      `metlog import: ${name}: ${many(tooOld, 'line')} of days before ${oldestKept(retentionDays)} not imported, as \`metlog serve\` would delete them: archive.retentionDays is ${retentionDays}; name a configuration that keeps more with --config`,
    );
    return false;
  }
  return tellOfNothing(name, before.messages + imported + earlier, refused, context, run);
}

/** Says so, and returns false, where there are lines, and none of them is a message. */
function tellOfNothing(
  name: string,
  messages: number,
  refused: number,
  { stderr }: CliContext,
  run: ImportRun,
): boolean {
  if (refused === 0 || messages > 0) return true;
  tell(run, stderr, `metlog import: ${name}: none of its ${many(refused, 'line')} is a message`);
  return false;
}

/** The oldest day that is kept for so many days. */
const oldestKept = (retentionDays: number): string =>
  retentionDays === Infinity ? '' : dayOf(Math.max(0, Date.now() - retentionDays * DAY_MS));

/** A line of its own, with the progress line out of the way. */
function tell({ progress }: ImportRun, output: CliContext['stdout'], text: string): void {
  progress.clear();
  output.write(`${text}\n`);
}
