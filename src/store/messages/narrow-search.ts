import { readParquet } from '../duckdb.ts';
import type { MetadataCondition } from './message-filter.ts';
import { rowCount } from '../merge/merge-plan.ts';
import { QueryError } from '../query-error.ts';
import type { Store } from '../query.ts';
import { ARCHIVE_COLUMN_NAMES } from '../schema.ts';
import { rowsSql } from '../views.ts';
import { isIndexed, PART_ROWS, wordSql, type WordedFile } from '../words.ts';

/** Where alone a search need look. */
export interface NarrowedSearch {
  /** SQL of a relation with the rows and columns of `archived`, without those in which what is wanted cannot be. */
  readonly from: string;
  /** How many parts of files it has. */
  readonly partCount: number;
}

/** Places of words that are read. More means values that stand nearly everywhere. */
const MAX_PLACES = 100_000;
/** Of a larger share of the archive, to read all of it is no slower. */
const MAX_SHARE = 0.5;
/** Ranges of one file that are read by themselves. */
const MAX_RANGES = 5;

/**
 * Narrows a search by the words of the archive's files; null if it has to look everywhere. What it names are the files of this moment: whoever reads
 * them a minute later may find that they are gone. Rejects with QueryError.
 */
export async function narrowSearch(
  store: Pick<Store, 'select' | 'wordedFiles'>,
  conditions: readonly MetadataCondition[],
): Promise<NarrowedSearch | null> {
  const wanted = wantedValues(conditions);
  if (wanted.length === 0) return null;
  const files = await store.wordedFiles();
  const parts = await possibleParts(store, files, wanted);
  if (parts === null) return null;
  const possible = files.map((file) => ({ file, parts: parts.get(file.wordsPath ?? '') ?? new Set<number>() }));
  const countOf = ({ file, parts: found }: (typeof possible)[number]): number =>
    file.wordsPath === undefined ? partCount(file) : found.size;
  const whole = possible.filter((entry) => countOf(entry) >= partCount(entry.file));
  const partly = possible.filter((entry) => countOf(entry) > 0 && !whole.includes(entry));
  const count = possible.reduce((sum, entry) => sum + countOf(entry), 0);
  if (count > MAX_SHARE * files.reduce((sum, file) => sum + partCount(file), 0)) return null;
  const relations = [
    rowsSql(whole.map(({ file }) => file)),
    ...partly.map(({ file, parts: found }) => partsSql(file, found)),
  ];
  return { from: `(${relations.join(' UNION ALL ')})`, partCount: count };
}

/** The values of each key that the index knows all about: for every one of these keys, one of its values has to be in a row. */
function wantedValues(conditions: readonly MetadataCondition[]): readonly (readonly string[])[] {
  // Dots may lead into objects, which are not indexed.
  const keys = [...new Set(conditions.map(({ key }) => key))].filter((key) => !key.includes('.'));
  return keys
    .map((key) => conditions.flatMap((condition) => (condition.key === key ? [condition.value] : [])))
    .filter((values) => values.every((value) => !value.includes('*') && isIndexed(value)));
}

/** By the path of their words, the parts of files that hold a value of each list; null if these cannot be told. */
async function possibleParts(
  store: Pick<Store, 'select'>,
  files: readonly WordedFile[],
  wanted: readonly (readonly string[])[],
): Promise<ReadonlyMap<string, ReadonlySet<number>> | null> {
  const paths = files.flatMap(({ wordsPath }) => wordsPath ?? []);
  if (paths.length === 0) return null;
  const values = wanted.flat();
  // By themselves first: only what is a literal in the statement lets DuckDB skip row groups.
  const numbered = await store.select(
    `SELECT ${values.map((_, index) => `${wordSql(`$${index + 1}::VARCHAR`)} AS "${index}"`).join(', ')}`,
    values,
  );
  const words = values.map((_, index) => Number(numbered.rows[0]?.[index]));
  try {
    const found = await store.select(
      `SELECT filename, word, part FROM ${readParquet(paths, { fileNames: true })} WHERE word IN (${words.join(', ')})`,
      [],
      { maxRows: MAX_PLACES },
    );
    if (found.truncated) return null;
    const places = found.rows.flatMap(({ filename: path, word, part }) =>
      typeof path === 'string' ? [{ path, word: Number(word), part: Number(part) }] : [],
    );
    let start = 0;
    const lists = wanted.map(({ length }) => {
      const list = new Set(words.slice(start, (start += length)));
      return new Set(places.filter(({ word }) => list.has(word)).map(({ path, part }) => `${part} ${path}`));
    });
    const parts = new Map<string, Set<number>>();
    for (const { path, part } of places) {
      if (!lists.every((list) => list.has(`${part} ${path}`))) continue;
      parts.set(path, (parts.get(path) ?? new Set()).add(part));
    }
    return parts;
  } catch (error) {
    // One is torn, or was deleted with its file meanwhile: no reason to go without an answer.
    if (error instanceof QueryError && error.code === 'failed') return null;
    throw error;
  }
}

/** The rows of these parts. A range lets DuckDB skip row groups, but it has to be the only test of the number; to open the file for each costs more where there are many. */
function partsSql(file: WordedFile, parts: ReadonlySet<number>): string {
  const rows = `SELECT ${ARCHIVE_COLUMN_NAMES} FROM ${readParquet([file.path], { rowNumbers: true })} WHERE`;
  const runs = runsOf([...parts].sort((a, b) => a - b));
  if (runs.length <= MAX_RANGES) {
    const ranges = runs.map(
      ([first, last]) => `file_row_number >= ${first * PART_ROWS} AND file_row_number < ${(last + 1) * PART_ROWS}`,
    );
    return ranges.map((range) => `${rows} ${range}`).join(' UNION ALL ');
  }
  const bits = Array.from({ length: partCount(file) }, (_, part) => (parts.has(part) ? '1' : '0')).join('');
  return `${rows} get_bit('${bits}'::BIT, (file_row_number // ${PART_ROWS})::INTEGER) = 1`;
}

/** The first and the last of each run of neighbours. */
function runsOf(numbers: readonly number[]): readonly (readonly [first: number, last: number])[] {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run !== undefined && number === run[1] + 1) run[1] = number;
    else runs.push([number, number]);
  }
  return runs;
}

/** At most: the archive may leave something out. */
const partCount = (file: WordedFile): number => Math.ceil(rowCount(file) / PART_ROWS);
