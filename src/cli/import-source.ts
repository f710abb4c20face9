import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
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

/** Opens a file, which stays the same one when it is moved and another takes its name. What is appended to it from now on is not read. Rejects with CommandError where there is none, or it cannot be read. */
export async function openFileSource(path: string, name = quoted(path)): Promise<ImportSource> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    return await sourceOf(handle, name);
  } catch (error) {
    await handle?.close();
    if (error instanceof CommandError) throw error;
    if (codeOf(error) === 'ENOENT') throw new CommandError(`there is no file ${name}`, { cause: error });
    throw new CommandError(`${name} cannot be read (${codeOf(error) ?? 'unknown error'})`, { cause: error });
  }
}

async function sourceOf(handle: FileHandle, name: string): Promise<ImportSource> {
  const stats = await handle.stat();
  if (!stats.isFile()) throw new CommandError(`${name} is no file`);
  const { size } = stats;
  const start = Buffer.alloc(GZIP_MAGIC.length);
  await handle.read(start, 0, start.length, 0);
  const isCompressed = start.equals(GZIP_MAGIC);
  return {
    name,
    bytes: size,
    read: (onBytes) => explained(readPieces(handle, size, isCompressed, onBytes), name),
    close: () => handle.close(),
  };
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
    const source = await openFileSource(path, 'stdin');
    return {
      ...source,
      async close() {
        await source.close();
        await rm(path, { force: true });
      },
    };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function* readPieces(
  handle: FileHandle,
  size: number,
  isCompressed: boolean,
  onBytes: (count: number) => void,
): AsyncGenerator<Buffer> {
  if (size === 0) return;
  const file = piecesOf(handle, size, onBytes);
  if (!isCompressed) return yield* file;
  const out = createGunzip({ chunkSize: PIECE_BYTES });
  // What fails reaches the reader through `out`.
  pipeline(file, out, () => undefined);
  for await (const piece of out) yield piece as Buffer;
}

/** Not as a stream: when that is destroyed it closes the file, whatever it was told. */
async function* piecesOf(
  handle: FileHandle,
  size: number,
  onBytes: (count: number) => void,
): AsyncGenerator<Buffer, void> {
  for (let position = 0; position < size;) {
    const length = Math.min(PIECE_BYTES, size - position);
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
    if (bytesRead === 0) return; // it was cut off meanwhile
    onBytes(bytesRead);
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
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
