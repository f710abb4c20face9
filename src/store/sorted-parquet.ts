/** Rows a row group. Small enough that of a million sorted rows a query for one of many names reads a fortieth, large enough that the footer stays small. */
export const ROW_GROUP_ROWS = 16_384;
/** How the files of the Hive layout are written, as options of COPY. */
export const SORTED_FORMAT: string = `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS}`;
/** What a run of their rows is sorted by: who asks for one type, or one name, skips the row groups of others. */
export const SORTED_BY = 'ORDER BY type, name, timestamp';
