/** Rows a row group. Small enough that a query for one name skips most of a sorted run, large enough that the footer stays small. */
export const ROW_GROUP_ROWS = 32_768;
/** How the files of the Hive layout are written, as options of COPY. */
export const SORTED_FORMAT: string = `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS}`;
/** What a run of their rows is sorted by: who asks for one type, or one name, skips the row groups of others. */
export const SORTED_BY = 'ORDER BY type, name, timestamp';
