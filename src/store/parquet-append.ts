import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { readStruct, writeStruct } from './thrift-compact.ts';
import type { ThriftField, ThriftValue } from './thrift-compact.ts';

const MAGIC = Buffer.from('PAR1');
/** Footer length and magic, at the very end. */
const TAIL_BYTES = 8;
const COPY_BYTES = 1024 * 1024;
/** A row group's ordinal is a 16-bit number. */
const MAX_ROW_GROUPS = 32_767;

/** Field ids of https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift */
const FILE = { schema: 2, rowCount: 3, rowGroups: 4 } as const;
const ROW_GROUP = { columns: 1, fileOffset: 5, ordinal: 7 } as const;
const CHUNK = { fileOffset: 2, meta: 3, offsetIndex: 4, columnIndex: 6 } as const;
const META = { dataPage: 9, indexPage: 10, dictionaryPage: 11, bloomFilter: 14 } as const;

interface Footer {
  readonly fields: readonly ThriftField[];
  readonly rowGroups: readonly ThriftValue[];
  readonly rowCount: number;
  readonly schema: Buffer;
  /** Where the footer begins. */
  readonly bodyEnd: number;
}

/**
 * Makes one Parquet file of several of the same schema by copying their row groups as they are, in order, under one footer: no row is decoded, so it costs what
 * copying the bytes costs. Returns the number of rows. Throws if the files are not of one schema, or not Parquet; `target` is then worthless.
 */
export async function appendParquet(paths: readonly string[], target: string): Promise<number> {
  const output = await open(target, 'w');
  try {
    let position = 0;
    const write = async (bytes: Buffer): Promise<void> => {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await output.write(bytes, done, bytes.length - done, position);
        done += bytesWritten;
        position += bytesWritten;
      }
    };
    const buffer = Buffer.allocUnsafe(COPY_BYTES); // one for all: garbage outside of the heap is collected late
    await write(MAGIC);
    let first: Footer | undefined;
    const rowGroups: ThriftValue[] = [];
    let rowCount = 0;
    for (const path of paths) {
      const input = await open(path, 'r');
      try {
        const footer = await readFooter(input, path);
        first ??= footer;
        if (!footer.schema.equals(first.schema)) throw new Error(`${path} has another schema than ${paths[0] ?? ''}`);
        const shift = position - MAGIC.length;
        for (const group of footer.rowGroups) rowGroups.push(moveRowGroup(group, shift, rowGroups.length));
        rowCount += footer.rowCount;
        await copyBody(input, footer.bodyEnd, buffer, write);
      } finally {
        await input.close();
      }
    }
    if (first === undefined) throw new Error('nothing to append');
    if (rowGroups.length > MAX_ROW_GROUPS)
      throw new Error(`${rowGroups.length} row groups are too many for one Parquet file`);
    const footer = writeStruct(
      first.fields.map(({ id, value }) => {
        if (id === FILE.rowCount && value.kind === 'int') return { id, value: { ...value, value: rowCount } };
        if (id === FILE.rowGroups && value.kind === 'list') return { id, value: { ...value, items: rowGroups } };
        return { id, value };
      }),
    );
    const tail = Buffer.alloc(TAIL_BYTES);
    tail.writeUInt32LE(footer.length, 0);
    MAGIC.copy(tail, 4);
    await write(footer);
    await write(tail);
    return rowCount;
  } finally {
    await output.close();
  }
}

async function readFooter(file: FileHandle, path: string): Promise<Footer> {
  const { size } = await file.stat();
  const tail = await readAt(file, size - TAIL_BYTES, TAIL_BYTES, path);
  const bodyEnd = size - TAIL_BYTES - tail.readUInt32LE(0);
  if (!tail.subarray(4).equals(MAGIC) || bodyEnd < MAGIC.length) throw new Error(`${path} is not a Parquet file`);
  const fields = readStruct(await readAt(file, bodyEnd, size - TAIL_BYTES - bodyEnd, path));
  const find = (id: number): ThriftValue | undefined => fields.find((field) => field.id === id)?.value;
  const schema = find(FILE.schema);
  const rowCount = find(FILE.rowCount);
  const rowGroups = find(FILE.rowGroups);
  if (schema === undefined || rowCount?.kind !== 'int' || rowGroups?.kind !== 'list')
    throw new Error(`${path}: its footer lacks a field`);
  return {
    fields,
    rowGroups: rowGroups.items,
    rowCount: rowCount.value,
    schema: writeStruct([{ id: 1, value: schema }]),
    bodyEnd,
  };
}

async function readAt(file: FileHandle, position: number, length: number, path: string): Promise<Buffer> {
  if (position < 0) throw new Error(`${path} is too short for a Parquet file`);
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new Error(`${path} ended while it was read`);
  return buffer;
}

async function copyBody(
  file: FileHandle,
  end: number,
  buffer: Buffer,
  write: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  for (let position = MAGIC.length; position < end;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - position), position);
    if (bytesRead === 0) throw new Error('a Parquet file ended while it was copied');
    await write(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/** The row group as it is described once its bytes lie `shift` further on. Pages hold no positions; only these fields do. */
function moveRowGroup(group: ThriftValue, shift: number, ordinal: number): ThriftValue {
  return mapFields(group, (id, value) => {
    if (id === ROW_GROUP.fileOffset) return moved(value, shift);
    if (id === ROW_GROUP.ordinal && value.kind === 'int') return { ...value, value: ordinal };
    if (id === ROW_GROUP.columns && value.kind === 'list')
      return { ...value, items: value.items.map((chunk) => moveChunk(chunk, shift)) };
    return value;
  });
}

function moveChunk(chunk: ThriftValue, shift: number): ThriftValue {
  return mapFields(chunk, (id, value) => {
    if (id === CHUNK.fileOffset || id === CHUNK.offsetIndex || id === CHUNK.columnIndex) return moved(value, shift);
    if (id === CHUNK.meta) return mapFields(value, (field, item) => (isPosition(field) ? moved(item, shift) : item));
    return value;
  });
}

const isPosition = (id: number): boolean =>
  id === META.dataPage || id === META.indexPage || id === META.dictionaryPage || id === META.bloomFilter;

/** Zero stands for "not stated". */
const moved = (value: ThriftValue, shift: number): ThriftValue =>
  value.kind === 'int' && value.value > 0 ? { ...value, value: value.value + shift } : value;

function mapFields(struct: ThriftValue, map: (id: number, value: ThriftValue) => ThriftValue): ThriftValue {
  if (struct.kind !== 'struct') throw new Error('thrift: a struct was expected');
  return { kind: 'struct', fields: struct.fields.map(({ id, value }) => ({ id, value: map(id, value) })) };
}
