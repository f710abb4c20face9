import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveFileName, dayDir, type ArchiveFile } from '../../src/store/layout.ts';
import { createArchiveWriter } from '../../src/store/segment-to-parquet.ts';
import { DAY, header, line, segment } from './journal-text.ts';

export interface WrittenBy {
  readonly writer: string;
  readonly first?: number;
  readonly dt?: string;
  /** Of each message. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  readonly head?: Readonly<Record<string, unknown>>;
}

/** Puts a file of another writer into the `dt=` folder of an archive, and resolves to its path there. */
export async function writtenBy(
  archive: string,
  { writer, first = 0, dt = DAY, lines, head = {} }: WrittenBy,
): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), 'metlog-writer-'));
  const made = await createArchiveWriter(join(work, 'archive'));
  const text = [header({ received: `${dt}T10:44:00.215Z`, ...head }), ...lines.map((fields) => line(fields))];
  const file: ArchiveFile = await made.write(await segment(work, first, text, dt));
  await made.close();
  const folder = dayDir(archive, dt, false);
  await mkdir(folder, { recursive: true });
  const path = join(folder, archiveFileName(file.first, file.last, writer));
  await rename(file.path, path);
  await rm(work, { recursive: true });
  return path;
}
