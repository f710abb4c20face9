import { createHash } from 'node:crypto';
import { open, readFile, rename, unlink } from 'node:fs/promises';
import { isRecord, parseJson } from '../../core/json.ts';
import { codeOf } from '../errors.ts';
import type { LedgerBooks } from './ledger-image.ts';

/**
 * A ledger as its file has it. Its parts were copied one after the other while messages came, so each says how far in the journal it is: of what is
 * behind a shard's offset its senders know nothing, and of what is behind `offset` the books know nothing.
 */
export interface SavedLedger {
  readonly shards: readonly SavedShard[];
  readonly books: LedgerBooks;
  readonly offset: number;
}

export interface SavedShard {
  readonly senders: Buffer;
  readonly offset: number;
}

/** A ledger's file that is being written, beside the one that is there. */
export interface LedgerFile {
  /** Bytes so far. */
  readonly byteLength: number;
  addShard(shard: SavedShard): Promise<void>;
  /** To be called last. */
  addBooks(books: LedgerBooks, offset: number): Promise<void>;
  /** Brings the file to disk and puts it in the place of the one before. */
  finish(): Promise<void>;
  discard(): Promise<void>;
}

/** A first line, sections of a length and so many bytes, and a digest of all of it. */
const FIRST_LINE = 'metlog ledger 1\n';
const LENGTH_BYTES = 4;
const OFFSET_BYTES = 8;
const DIGEST_BYTES = 32;
/** Small shards are written together. */
const WRITE_BYTES = 256 * 1024;
/** Rows that are made to text at once: a fraction of a millisecond. */
const ROWS_AT_ONCE = 200;

export async function createLedgerFile(path: string): Promise<LedgerFile> {
  const ownPath = `${path}.tmp`;
  const handle = await open(ownPath, 'w');
  const hash = createHash('sha256');
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let byteLength = 0;

  async function add(bytes: Buffer): Promise<void> {
    hash.update(bytes);
    waiting.push(bytes);
    waitingBytes += bytes.length;
    byteLength += bytes.length;
    if (waitingBytes >= WRITE_BYTES) await write();
  }

  async function write(): Promise<void> {
    const bytes = Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    await handle.writeFile(bytes);
  }

  async function addSection(...parts: readonly Buffer[]): Promise<void> {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(parts.reduce((sum, part) => sum + part.length, 0));
    await add(Buffer.concat([length, ...parts]));
  }

  await add(Buffer.from(FIRST_LINE));
  return {
    get byteLength() {
      return byteLength;
    },
    addShard: ({ senders, offset }) => addSection(offsetBytes(offset), senders),
    async addBooks({ rows, drops, ...rest }, offset) {
      await addSection(); // no shard is empty
      const lines = [JSON.stringify({ ...rest, offset })];
      for (const [name, list] of Object.entries({ rows, drops })) {
        for (let i = 0; i < list.length; i += ROWS_AT_ONCE) {
          lines.push(JSON.stringify({ [name]: list.slice(i, i + ROWS_AT_ONCE) }));
        }
      }
      for (const line of lines) await addSection(Buffer.from(line));
    },
    async finish() {
      waiting.push(hash.digest());
      await write();
      await handle.datasync();
      await handle.close();
      await rename(ownPath, path);
    },
    async discard() {
      await handle.close();
      await unlink(ownPath);
    },
  };
}

/** Reads a ledger's file; undefined if there is none. Rejects if it is damaged. */
export async function readLedgerFile(path: string): Promise<SavedLedger | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const end = bytes.length - DIGEST_BYTES;
  const body = bytes.subarray(0, Math.max(end, 0));
  if (end < FIRST_LINE.length || body.toString('latin1', 0, FIRST_LINE.length) !== FIRST_LINE) {
    throw new Error('it is no ledger of this version');
  }
  if (!createHash('sha256').update(body).digest().equals(bytes.subarray(end))) throw new Error('it is damaged');
  return parseLedger(sectionsOf(body));
}

function* sectionsOf(body: Buffer): Generator<Buffer, undefined> {
  for (let at = FIRST_LINE.length; at < body.length;) {
    const from = at + LENGTH_BYTES;
    at = from + body.readUInt32LE(at);
    yield body.subarray(from, at);
  }
}

function parseLedger(sections: Generator<Buffer, undefined>): SavedLedger {
  const shards: SavedShard[] = [];
  for (const section of sections) {
    if (section.length > 0) {
      shards.push({ offset: section.readDoubleLE(0), senders: section.subarray(OFFSET_BYTES) });
      continue;
    }
    const values = [...sections].map((line) => parseJson(line.toString()));
    const [first] = values;
    if (!isRecord(first)) break;
    // Written by this version, and as it was written.
    const { offset, ...rest } = first as unknown as Omit<LedgerBooks, 'rows' | 'drops'> & { readonly offset: number };
    const parts = values.slice(1).filter(isRecord) as Partial<LedgerBooks>[];
    const rows = parts.flatMap((part) => part.rows ?? []);
    const drops = parts.flatMap((part) => part.drops ?? []);
    return { shards, books: { ...rest, rows, drops }, offset };
  }
  throw new Error('it ends too early');
}

function offsetBytes(offset: number): Buffer {
  const bytes = Buffer.alloc(OFFSET_BYTES);
  bytes.writeDoubleLE(offset);
  return bytes;
}
