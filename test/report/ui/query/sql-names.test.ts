import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exampleOf } from '../../../../src/report/ui/query/examples.ts';
import { optionsFor, quoted } from '../../../../src/report/ui/query/sql-names.ts';

describe('quoted', () => {
  it('makes a name that SQL takes of every word that it has a use for', async () => {
    const database = await DuckDBInstance.create(':memory:');
    const connection = await database.connect();
    onTestFinished(() => (connection.closeSync(), database.closeSync()));
    const rowsOf = async (sql: string): Promise<unknown[][]> => (await connection.runAndReadAll(sql)).getRowsJson();
    const words = (await rowsOf('select keyword_name from duckdb_keywords()')).map(([word]) => String(word));
    expect(words.length).toBeGreaterThan(400);
    const refused: string[] = [];
    for (const word of words) {
      await connection.run(
        `create or replace temp view "${word}" as select 1 as received, 'x' as logger, 7 as "${word}"`,
      );
      const { sql } = exampleOf(word, [word]);
      const grouped = `select ${quoted(word)} from ${quoted(word)} where ${quoted(word)} = 7 group by ${quoted(word)}`;
      const answers = await Promise.all([rowsOf(sql), rowsOf(grouped)]).catch(() => []);
      if (JSON.stringify(answers) !== '[[[1,"x",7]],[[7]]]') refused.push(word);
    }
    expect(refused).toEqual([]);
  });

  it('leaves names as they are that SQL takes so', () => {
    expect(['timestamp', 'name', 'order_placed', 'text'].map(quoted)).toEqual([
      'timestamp',
      'name',
      'order_placed',
      'text',
    ]);
  });
});

describe('completion', () => {
  it('quotes views and columns that are words of SQL', () => {
    const names = { order: ['group'] };
    expect(optionsFor('ord', 'select 1 from ', 'select 1 from ord', names)[0]?.text).toBe('"order"');
    expect(optionsFor('gro', 'select ', 'select gro from order', names)[0]).toMatchObject({
      text: '"group"',
      kind: 'column',
    });
  });
});
