/** Rows a row group. Small enough that of a million sorted rows a query for one of many names reads a fortieth, large enough that the footer stays small. */
export const ROW_GROUP_ROWS = 16_384;
/** How sorted rows are written, as options of COPY. */
export const sortedFormat = (rowGroupRows: number): string =>
  `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroupRows}`;
/** That of the files of the Hive layout. */
export const SORTED_FORMAT: string = sortedFormat(ROW_GROUP_ROWS);
/** How sorted rows are put aside: quickly, and in row groups of which large messages fit into the memory. */
export const SPILLED_FORMAT = 'FORMAT parquet, COMPRESSION lz4, ROW_GROUP_SIZE 2048';
/** What a run of their rows is sorted by: who asks for one type, or one name, skips the row groups of others. */
export const SORTED_BY = 'ORDER BY type, name, timestamp';
