import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type { JsonValue } from '../core/json.ts';
import type { DuckdbModule } from './duckdb.ts';

const MICROS_PER_MS = 1_000n;
/** What a JavaScript Date reaches, as milliseconds on either side of 1970. */
const MAX_DATE_MS = 8_640_000_000_000_000n;

/**
 * Makes DuckDB's values fit for JSON: whole numbers as numbers where those are exact and as text where not, decimals as numbers, times as ISO 8601
 * in UTC, JSON columns parsed, lists, structs and maps as JSON, bytes as base64, NaN and infinities as null, everything else as DuckDB prints it.
 */
export function createJsonConverter(duckdb: DuckdbModule): (value: DuckDBValue, type?: DuckDBType) => JsonValue {
  function convert(value: DuckDBValue, type?: DuckDBType): JsonValue {
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'number') return Number.isFinite(value) ? value : null;
    if (typeof value === 'bigint') return wholeNumber(value);
    if (typeof value === 'string') return type?.alias === 'JSON' ? parseJson(value) : value;
    if (value instanceof duckdb.DuckDBTimestampValue || value instanceof duckdb.DuckDBTimestampTZValue)
      return isoTime(value.micros);
    if (value instanceof duckdb.DuckDBTimestampMillisecondsValue) return isoTime(value.millis * 1_000n);
    if (value instanceof duckdb.DuckDBTimestampSecondsValue) return isoTime(value.seconds * 1_000_000n);
    if (value instanceof duckdb.DuckDBTimestampNanosecondsValue) return isoTime(value.nanos / 1_000n);
    if (value instanceof duckdb.DuckDBDecimalValue)
      return value.scale === 0 ? wholeNumber(value.value) : value.toDouble();
    if (value instanceof duckdb.DuckDBListValue || value instanceof duckdb.DuckDBArrayValue) {
      const itemType =
        type instanceof duckdb.DuckDBListType || type instanceof duckdb.DuckDBArrayType ? type.valueType : undefined;
      return value.items.map((item) => convert(item, itemType));
    }
    if (value instanceof duckdb.DuckDBStructValue) {
      const struct = type instanceof duckdb.DuckDBStructType ? type : undefined;
      return Object.fromEntries(
        Object.entries(value.entries).map(([key, item]) => [
          key,
          convert(item, struct?.entryTypes[struct.entryNames.indexOf(key)]),
        ]),
      );
    }
    if (value instanceof duckdb.DuckDBMapValue) {
      const valueType = type instanceof duckdb.DuckDBMapType ? type.valueType : undefined;
      return Object.fromEntries(
        value.entries.map((entry) => [mapKey(convert(entry.key)), convert(entry.value, valueType)]),
      );
    }
    if (value instanceof duckdb.DuckDBUnionValue) return convert(value.value);
    if (value instanceof duckdb.DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
    return value.toString();
  }
  return convert;
}

function wholeNumber(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function isoTime(micros: bigint): string | null {
  const ms = micros / MICROS_PER_MS;
  if (ms > MAX_DATE_MS || ms < -MAX_DATE_MS) return null; // DuckDB's infinity, or a time that nobody wrote
  return new Date(Number(ms)).toISOString();
}

const mapKey = (key: JsonValue): string => (typeof key === 'string' ? key : JSON.stringify(key));

function parseJson(text: string): JsonValue {
  try {
    // JSON.parse yields `any`; by its definition it is a JsonValue.
    return JSON.parse(text) as JsonValue;
  } catch {
    return text; // DuckDB's JSON takes a little more than JSON, such as NaN
  }
}
