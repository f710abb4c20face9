import { resolve } from 'node:path';

/** Rows, each value as the engine's client prints it. */
export type TextRows = readonly (readonly string[])[];

/** An engine with its own client. */
export interface SqlEngine {
  /** Runs a script as it is, then each query; resolves to the rows of each. Rejects with what the engine said of the first that failed. */
  run(script: string, queries: readonly string[]): Promise<readonly TextRows[]>;
}

export const INSTALLED = resolve('test/system/engines/installed');

/** A line between the rows of two queries. */
const MARK = '--- rows ---';

/** A script of the queries, whose output `rowsOf` takes apart. */
export const queryScript = (queries: readonly string[]): string =>
  queries.map((query) => `SELECT '${MARK}';\n${query};\n`).join('');

/** The rows of each query in the tab-separated output of `queryScript`. */
export const rowsOf = (output: string): readonly TextRows[] =>
  output
    .split(`${MARK}\n`)
    .slice(1)
    .map((part) => {
      const lines = part.split('\n').slice(0, -1);
      return lines.map((line) => line.split('\t'));
    });
