import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, Transform, type Readable } from 'node:stream';
import { pipeline as pipelineTo } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { messageOf } from '../core/text-of.ts';
import { codeOf } from '../router/errors.ts';
import { CommandError } from './command.ts';
import { quoted } from './terminal-text.ts';

/** A file that is read twice, and is the same both times: to tell its content from others, and to bring it in. */
export interface ImportSource {
  /** As lines about it name it. */
  readonly name: string;
  /** As it lies on the disk. */
  readonly bytes: number;
  /** Its content, uncompressed; `onBytes` is told how much more of what lies on the disk was read. */
  read(onBytes: (count: number) => void): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

const PIECE_BYTES: number = 1024 * 1024;
/** What gzip begins with. RFC 1952, section 2.3.1. */
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
/** 64 bits: two of a million files are the same to it once in thirty million archives. */
const ID_DIGITS = 16;

/** Opens a file. What is appended to it from now on is not read. Rejects with CommandError where there is none, or it cannot be read. */
export async function openFileSource(path: string, name = quoted(path)): Promise<ImportSource> {
  try {
    const handle = await open(path, 'r');
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw new CommandError(`${name} is no file`);
      const { size } = stats;
      const start = Buffer.alloc(GZIP_MAGIC.length);
      await handle.read(start, 0, start.length, 0);
      const isCompressed = start.equals(GZIP_MAGIC);
      return {
        name,
        bytes: size,
        read: (onBytes) => explained(readPieces(path, size, isCompressed, onBytes), name),
        async close() {},
      };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (codeOf(error) === 'ENOENT') throw new CommandError(`there is no file ${name}`, { cause: error });
    throw new CommandError(`${name} cannot be read (${codeOf(error) ?? 'unknown error'})`, { cause: error });
  }
}

/** Keeps what comes in a file below `dir` until it is closed: what a file is called is told by all of it. */
export async function openStdinSource(
  stdin: Readable,
  dir: string,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<ImportSource> {
  await mkdir(dir, { recursive: true });
  const path = join(dir, `import-stdin-${randomUUID()}`);
  try {
    await pipelineTo(stdin, counted(onBytes), createWriteStream(path), { signal });
    return { ...(await openFileSource(path, 'stdin')), close: () => rm(path, { force: true }) };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/** Of the content, however it is compressed: the same messages are the same import. */
export async function contentId(pieces: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces) hash.update(piece);
  return hash.digest('hex').slice(0, ID_DIGITS);
}

async function* readPieces(
  path: string,
  size: number,
  isCompressed: boolean,
  onBytes: (count: number) => void,
): AsyncGenerator<Buffer> {
  if (size === 0) return;
  const file = createReadStream(path, { end: size - 1, highWaterMark: PIECE_BYTES });
  const out = isCompressed ? createGunzip({ chunkSize: PIECE_BYTES }) : counted(() => undefined);
  // What fails reaches the reader through `out`.
  pipeline(file, counted(onBytes), out, () => undefined);
  for await (const piece of out) yield piece as Buffer;
}

/** What fails, with the name of the file. */
async function* explained(pieces: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  const reading = pieces[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await reading.next().catch((error: unknown) => {
        throw new CommandError(`${name} cannot be read (${messageOf(error)})`, { cause: error });
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await reading.return?.();
  }
}

const counted = (onBytes: (count: number) => void): Transform =>
  new Transform({
    transform(piece: Buffer, _encoding, done) {
      onBytes(piece.length);
      done(null, piece);
    },
  });
