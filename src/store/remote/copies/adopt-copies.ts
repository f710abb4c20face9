import { listArchive, parseArchiveFileName, type ArchiveFile } from '../../layout.ts';
import type { Remote, RemoteFile } from '../remote.ts';
import { listCopied, markCopied, NO_MARKS, readMarks, targetOf, type TargetMarks } from './copy-marks.ts';
import { remotePathOf } from './copy-due.ts';
import { coverageOf, type FileRange } from './coverage.ts';
import type { InTime } from './in-time.ts';
import { dropEnd, holdEnd } from './known-end.ts';
import { renewWriterName } from './writer-name.ts';

/** `dt=YYYY-MM-DD/` in front of a file's name. */
const DAY_START = 3;
const DAY_END = 13;
const NAME_START = 14;

export interface Adopting {
  readonly dir: string;
  readonly remote: Remote;
  readonly writer: string;
  readonly url: string;
  /** At the start of this run the archive had every message of its own before this one. */
  readonly end: number;
}

/** A file of the store, with the range that it would have here. */
interface Copy extends RemoteFile {
  readonly range: FileRange;
}

/**
 * Marks what the store has of this archive's files and nobody here knows of: it was copied there under another URL of the same store, or the marks were lost. A file that lies here under its very name needs
 * no mark: copying it finds its content there, and compares it.
 *
 * Resolves to the name under which files are copied from now on. It is another one if the store has messages under this name that the folder never had, or in a file
 * that this folder never copied: another folder with the same past, of which this one is a copy, has gone on by it. Of the messages of that past, a file here counts as copied if the store has all of it; what it has in part comes there twice, rather than not at all.
 */
export async function adoptCopies({ dir, remote, writer, url, end }: Adopting, inTime: InTime): Promise<string> {
  const target = targetOf(url);
  const knownEnd = await holdEnd(dir, target, end);
  const files = await listArchive(dir);
  const own = files.filter((file) => file.writer === '');
  const days = new Set(files.map(({ dt }) => dt));
  // What this folder never had came later than what it has.
  const newest = own.reduce((day, { dt }) => (dt > day ? dt : day), '');
  const wanted = (await inTime((signal) => remote.days(signal))).filter((dt) => days.has(dt) || dt >= newest);
  const copies: Copy[] = [];
  for (const dt of wanted) {
    const listed = await inTime((signal) => remote.list({ wants: (day) => day === dt, signal }));
    copies.push(...listed.flatMap((file) => copyOf(file, writer)));
  }
  const ownCopies = copies.filter(({ range }) => range.writer === '');
  const { copied } = (await readMarks(dir)).get(target) ?? NO_MARKS;
  const isOther = ownCopies.some(({ range }) => range.last < knownEnd && cutsPromoted(range, own));
  const known = await listCopied(dir, target);
  const wouldCover = coverageOf([...known, ...ownCopies.map(({ range }) => range)]);
  // Merged here with what the store has not, which no folder does of its own copies: it would be held back for ever.
  const isPart = own.some((file) => wouldCover(file) === 'some' && copied(file) === 'none');
  let name = writer;
  if (isOther || isPart || ownCopies.some(({ range }) => range.last >= knownEnd)) {
    if (!isOther) await markPast(own, ownCopies, knownEnd, copied);
    name = await renewWriterName(dir, writer);
  }
  const writers = new Set(files.map((file) => file.writer));
  const here = new Set(files.map((file) => remotePathOf(file, writer)));
  for (const { path, bytes, range } of copies) {
    if (here.has(path) || !writers.has(range.writer) || copied(range) === 'all') continue;
    if (range.writer === '' && name !== writer) continue;
    await markCopied(dir, target, range, { path, bytes, checksum: '' });
  }
  await dropEnd(dir, target);
  return name;

  /** Marks each file of this folder that the store has, all of it, from before the two folders parted. */
  async function markPast(
    here: readonly ArchiveFile[],
    there: readonly Copy[],
    parted: number,
    known: TargetMarks['copied'],
  ): Promise<void> {
    const past = there
      .filter(({ range }) => range.first < parted)
      .map(({ range }) => ({ ...range, last: Math.min(range.last, parted - 1) }));
    const covered = coverageOf(past);
    for (const file of here) {
      if (known(file) === 'all' || covered(file) !== 'all') continue;
      await markCopied(dir, target, file, { path: remotePathOf(file, writer), bytes: file.bytes, checksum: '' });
    }
  }
}

function copyOf(file: RemoteFile, writer: string): readonly Copy[] {
  const name = parseArchiveFileName(file.path.slice(NAME_START));
  // Files without a writer are no router's that copies.
  if (name === undefined || name.writer === '') return [];
  const range = {
    ...name,
    dt: file.path.slice(DAY_START, DAY_END),
    writer: name.writer === writer ? '' : name.writer,
  };
  return [{ ...file, range }];
}

/** Whether it begins or ends inside a file that has left `_recent`, or goes beyond it: files only ever grow here, so that one was never copied from this folder. */
const cutsPromoted = ({ dt, first, last }: FileRange, own: readonly ArchiveFile[]): boolean =>
  own.some(
    (file) =>
      !file.recent &&
      file.dt === dt &&
      file.first <= last &&
      file.last >= first &&
      (first < file.first || last > file.last),
  );
