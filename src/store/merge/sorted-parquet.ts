/** Rows a row group. Small enough that of a million sorted rows a query for one of many names reads a fortieth, large enough that the footer stays small. */
export const ROW_GROUP_ROWS = 16_384;
/** Bytes a row group, as values lie in memory, and what comes with the last of them: large messages are few in it, as who writes or reads one has the whole of it in memory. */
const ROW_GROUP_BYTES: number = 8 * 1024 * 1024;
/** What a connection is set to that writes in any of these formats: only so does DuckDB bound the bytes. With one thread, rows keep their order all the same. */
export const SORTED_SETTINGS = 'SET preserve_insertion_order = false';
/** How sorted rows are written, as options of COPY. */
export const sortedFormat = (rowGroupRows: number): string =>
  `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroupRows}, ROW_GROUP_SIZE_BYTES ${ROW_GROUP_BYTES}`;
/** That of the files of the Hive layout. */
export const SORTED_FORMAT: string = sortedFormat(ROW_GROUP_ROWS);
/** How sorted rows are put aside: quickly, and in row groups of which large messages fit into the memory. */
export const SPILLED_FORMAT: string = `FORMAT parquet, COMPRESSION lz4, ROW_GROUP_SIZE 2048, ROW_GROUP_SIZE_BYTES ${ROW_GROUP_BYTES}`;
/** What a run of their rows is sorted by: who asks for one type, or one name, skips the row groups of others. */
export const SORTED_BY = 'ORDER BY type, name, timestamp';
