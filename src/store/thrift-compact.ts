/**
 * Thrift's compact protocol, without a schema: enough to read a Parquet footer, change some numbers in it and write it back with all that it held.
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
export interface ThriftField {
  readonly id: number;
  readonly value: ThriftValue;
}

export type ThriftValue =
  | { readonly kind: 'bool'; readonly value: boolean }
  /** `type` is 3 to 6: the width that it is written as. */
  | { readonly kind: 'int'; readonly type: number; readonly value: number }
  | { readonly kind: 'double'; readonly bytes: Buffer }
  | { readonly kind: 'binary'; readonly bytes: Buffer }
  | { readonly kind: 'list'; readonly itemType: number; readonly items: readonly ThriftValue[] }
  | { readonly kind: 'struct'; readonly fields: readonly ThriftField[] };

const TYPE = {
  stop: 0,
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
} as const;
/** A list of this many items or more has its length in bytes of its own. */
const LONG_LIST = 15;

/** Reads one struct. Throws on anything that Parquet's footer has no use for, and on numbers that are not exact in JavaScript. */
export function readStruct(buffer: Buffer): readonly ThriftField[] {
  let at = 0;
  const byte = (): number => buffer.readUInt8(at++);

  function varint(): number {
    let result = 0;
    for (let scale = 1; ; scale *= 128) {
      const next = byte();
      result += (next & 0x7f) * scale;
      if (!Number.isSafeInteger(result)) throw new Error('thrift: a number beyond 2^53');
      if (next < 0x80) return result;
    }
  }
  const zigzag = (): number => {
    const number = varint();
    return number % 2 === 0 ? number / 2 : -(number + 1) / 2;
  };
  const bytes = (length: number): Buffer => {
    const slice = buffer.subarray(at, at + length);
    if (slice.length !== length) throw new Error('thrift: the footer ends early');
    at += length;
    return slice;
  };

  function value(type: number): ThriftValue {
    switch (type) {
      case TYPE.byte:
        return { kind: 'int', type, value: buffer.readInt8(at++) };
      case TYPE.i16:
      case TYPE.i32:
      case TYPE.i64:
        return { kind: 'int', type, value: zigzag() };
      case TYPE.double:
        return { kind: 'double', bytes: bytes(8) };
      case TYPE.binary:
        return { kind: 'binary', bytes: bytes(varint()) };
      case TYPE.list: {
        const head = byte();
        const itemType = head & 0x0f;
        const length = head >> 4 === LONG_LIST ? varint() : head >> 4;
        const isBool = itemType === TYPE.true || itemType === TYPE.false;
        const item = (): ThriftValue => (isBool ? { kind: 'bool', value: byte() === TYPE.true } : value(itemType));
        return { kind: 'list', itemType, items: Array.from({ length }, item) };
      }
      case TYPE.struct:
        return { kind: 'struct', fields: struct() };
      default:
        throw new Error(`thrift: type ${type} is not expected in a Parquet footer`);
    }
  }

  function struct(): ThriftField[] {
    const fields: ThriftField[] = [];
    for (let id = 0; ;) {
      const head = byte();
      if (head === TYPE.stop) return fields;
      const type = head & 0x0f;
      id = head >> 4 === 0 ? zigzag() : id + (head >> 4);
      const isBool = type === TYPE.true || type === TYPE.false;
      fields.push({ id, value: isBool ? { kind: 'bool', value: type === TYPE.true } : value(type) });
    }
  }
  return struct();
}

/** Writes one struct, as `readStruct` reads it. */
export function writeStruct(fields: readonly ThriftField[]): Buffer {
  const parts: Buffer[] = [];
  let small: number[] = [];
  const flush = (): void => {
    if (small.length > 0) parts.push(Buffer.from(small));
    small = [];
  };
  const bytes = (chunk: Buffer): void => {
    flush();
    parts.push(chunk);
  };
  const varint = (number: number): void => {
    let rest = number;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) small.push((rest % 128) | 0x80);
    small.push(rest);
  };
  const zigzag = (number: number): void => varint(number >= 0 ? number * 2 : -number * 2 - 1);

  function value(item: ThriftValue): void {
    switch (item.kind) {
      case 'bool':
        small.push(item.value ? TYPE.true : TYPE.false);
        break;
      case 'int':
        if (item.type === TYPE.byte) small.push(item.value & 0xff);
        else zigzag(item.value);
        break;
      case 'double':
        bytes(item.bytes);
        break;
      case 'binary':
        varint(item.bytes.length);
        bytes(item.bytes);
        break;
      case 'list':
        if (item.items.length < LONG_LIST) small.push((item.items.length << 4) | item.itemType);
        else {
          small.push((LONG_LIST << 4) | item.itemType);
          varint(item.items.length);
        }
        item.items.forEach(value);
        break;
      case 'struct':
        struct(item.fields);
    }
  }

  function struct(list: readonly ThriftField[]): void {
    let last = 0;
    for (const { id, value: item } of list) {
      const type = typeOf(item);
      if (id > last && id - last < 16) small.push(((id - last) << 4) | type);
      else {
        small.push(type);
        zigzag(id);
      }
      if (item.kind !== 'bool') value(item); // a field's boolean is its type
      last = id;
    }
    small.push(TYPE.stop);
  }
  struct(fields);
  flush();
  return Buffer.concat(parts);
}

function typeOf(item: ThriftValue): number {
  if (item.kind === 'bool') return item.value ? TYPE.true : TYPE.false;
  return item.kind === 'int' ? item.type : TYPE[item.kind];
}
