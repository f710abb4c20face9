export { archiveEnd, listAllFiles, listArchive } from '../../src/store/layout.ts';
export { createMerger } from '../../src/store/merge/merge.ts';
export { openStore } from '../../src/store/query.ts';
export { createArchiveWriter } from '../../src/store/segment-to-parquet.ts';
export { SORTED_BY, SORTED_FORMAT, SORTED_SETTINGS } from '../../src/store/merge/sorted-parquet.ts';
