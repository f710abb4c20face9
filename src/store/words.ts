import { companionPath, listCompanions, type Companion } from './merge/companions.ts';
import { readParquet } from './duckdb.ts';
import type { ArchiveFile } from './layout.ts';

/**
 * What stands in the metadata of a file, as a book has an index: beside every file that has left `_recent` lies a small one of the same name that says, for
 * each value at the top of anybody's metadata, in which parts of the file it stands. A search for a value then reads these parts alone. It says no more
 * than that a value can be there: its number is that of others too, and its key is not told.
 */

/** Rows of a part. That of a row group: less is never decompressed. */
export const PART_ROWS = 32_768;
/** Longer values are not indexed, in characters. Any finite number, spelled in full, is shorter: 309 digits and a sign. */
export const MAX_WORD_LENGTH = 320;
/** Looking up a word reads one row group of each column. */
const ROW_GROUP_ROWS = 8_192;

/** As JSON spells a number. */
const NUMBER = String.raw`^-?\d+(\.\d+)?([eE][+-]?\d+)?$`;

/**
 * SQL of the number of a value, given its content as text: 32 bits of its MD5, the same for ever, as the files stay. A number is one however it is spelled,
 * as 1.0 is found by 1: then the text is that of the double, with all its digits. `+ 0.0` makes 0 of -0.
 */
export const wordSql = (text: string): string =>
  `(md5_number_lower(coalesce(CASE WHEN regexp_matches(${text}, '${NUMBER}') THEN printf('%.16e', try_cast(${text} AS DOUBLE) + 0.0) END, ${text})) & 4294967295)::UINTEGER`;

/** The words of the file, each with the parts that it stands in. The content of null is none; objects and lists, and what begins like them, are left out. */
const wordsSql = (path: string): string => `SELECT DISTINCT ${wordSql('text')} AS word, part
  FROM (
    SELECT DISTINCT (file_row_number // ${PART_ROWS})::UINTEGER AS part, coalesce(content, 'null') AS text
    FROM (
      SELECT file_row_number, unnest(json_extract_string(metadata, '$.*')) AS content
      FROM ${readParquet([path], { rowNumbers: true })}
    )
    WHERE content IS NULL OR (length(content) <= ${MAX_WORD_LENGTH} AND NOT starts_with(content, '{') AND NOT starts_with(content, '['))
  )
  ORDER BY word, part`;

/** The words of a file, as they are kept. Version 2 of Parquet writes what is sorted as differences: a third less. */
export const WORDS: Companion = {
  folder: '_words',
  sql: wordsSql,
  format: `FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS}, PARQUET_VERSION V2`,
};

/** Whether a value of this text is indexed wherever it stands at the top of metadata. */
export const isIndexed = (value: string): boolean => value.length <= MAX_WORD_LENGTH && !/^[[{]/.test(value);

/** A file of the archive, with the path of its words if it has some. */
export interface WordedFile extends ArchiveFile {
  readonly wordsPath: string | undefined;
}

/** Finds the words of these files. */
export async function withWords(dir: string, files: readonly ArchiveFile[]): Promise<readonly WordedFile[]> {
  const there = await listCompanions(dir, WORDS);
  return files.map((file) => {
    const path = companionPath(dir, WORDS, file);
    return { ...file, wordsPath: !file.recent && there.has(path) ? path : undefined };
  });
}
