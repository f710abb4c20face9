import { describe, expect, it } from 'vitest';
import { exampleOf } from '../../../src/report/ui/query/examples.ts';
import { cellText, toCsv, toJson } from '../../../src/report/ui/query/query-result.ts';
import { optionsFor } from '../../../src/report/ui/query/sql-names.ts';

const NAMES = { messages: ['type', 'received'], timers: ['ms', 'received'], order_placed: ['total', 'Order "Id"'] };

const labels = (word: string, before: string, statement = before + word): readonly string[] =>
  optionsFor(word, before, statement, NAMES).map(({ label }) => label);

describe('completion', () => {
  it('has views alone after from and join', () => {
    for (const before of ['select 1 from ', 'select 1 FROM timers join\n'])
      expect(labels('', before)).toEqual(['messages', 'timers', 'order_placed']);
    expect(labels('tim', 'select 1 from ')).toEqual(['timers']);
  });

  it('has the columns of the views that the statement names, each once, and all where it names none', () => {
    expect(labels('', 'select ', 'select  from timers').slice(0, 2)).toEqual(['ms', 'received']);
    expect(labels('rec', 'select ')).toEqual(['received']);
    expect(labels('tot', 'select ', 'select tot from timers')).toEqual([]);
    expect(labels('quant', 'select ')).toEqual(['quantile_cont', 'approx_quantile']);
  });

  it('has nothing left for a word that is whole', () => {
    expect(labels('time_bucket', 'select ')).toEqual([]);
  });

  it('writes a name as SQL takes it', () => {
    expect(optionsFor('order', 'select ', 'select from order_placed', NAMES)[0]?.text).toBe('"Order ""Id"""');
    expect(exampleOf('order_placed', ['total', 'Order "Id"']).sql).toBe(
      'select received, logger, total, "Order ""Id"""\nfrom order_placed\norder by received desc\nlimit 100',
    );
  });
});

describe('a result as a file', () => {
  const columns = [
    { name: 'a,b', type: 'VARCHAR' },
    { name: 'n', type: 'BIGINT' },
  ];
  const rows = [
    { 'a,b': 'say "hi"\nthere', n: 1 },
    { 'a,b': null, n: 2.5 },
    { 'a,b': { c: [1] }, n: null },
  ];

  it('is CSV with a header, quoted where it must be', () => {
    expect(toCsv({ columns, rows })).toBe('"a,b",n\r\n"say ""hi""\nthere",1\r\n,2.5\r\n"{""c"":[1]}",\r\n');
  });

  it('is JSON that reads back as the rows', () => {
    expect(JSON.parse(toJson({ rows }))).toEqual(rows);
    expect(cellText(undefined)).toBeNull();
  });
});
