import { resolve } from 'node:path';
import { expect, it, onTestFailed, onTestFinished } from 'vitest';
import { npmStart } from '../examples/start-example.ts';
import { wantParts } from './support/parts.ts';

wantParts('engines', 'hadoop', 'java');

/** One process of Java after the other, where others are at work too. */
const WITHIN_MS = 600_000;

const COUNTRIES = ['de', 'fr', 'it'];

type Rows = readonly (readonly string[])[];

/** The rows of a printed table, without its head: cells have two spaces between them. */
function tableIn(output: string, title: string): Rows {
  const [, table = ''] = output.split(`\n${title}\n\n`);
  const [, ...lines] = (table.split('\n\n')[0] ?? '').split('\n');
  return lines.filter((line) => line !== '').map((line) => line.trim().split(/ {2,}/));
}

it(
  'examples/hive sends by its one command, and Hive and a map-reduce job over HDFS count what no route took',
  { timeout: WITHIN_MS },
  async () => {
    const { ended, output, stop } = npmStart(resolve('examples/hive'), {});
    onTestFailed(() => console.error(`--- examples/hive said:\n${output()}`));
    onTestFinished(stop);
    const [code] = (await ended) as [number | null];
    expect(code).toBe(0);

    const sent = tableIn(output(), 'Sent:');
    const unrouted = sent.filter(([, , , , where]) => where === 'HDFS').map((row) => row.slice(0, 4));
    expect(new Set(unrouted.map(([day]) => day)).size).toBe(3);
    expect(new Set(unrouted.map(([, type]) => type))).toEqual(new Set(['order.placed', 'page.left', 'log']));
    expect(tableIn(output(), 'Hive, by day and type:')).toEqual(unrouted.map((row) => row.slice(0, 3)));
    expect(tableIn(output(), 'Map-reduce, by day, type and key of the metadata:')).toEqual(unrouted);

    // The shop has as many orders from each country.
    const byCountry = unrouted
      .filter(([, , , keys]) => keys?.includes('country'))
      .flatMap(([day = '', type = '', count]) => COUNTRIES.map((name) => [day, type, name, String(Number(count) / COUNTRIES.length)])); // prettier-ignore
    expect(byCountry).toHaveLength(4 * COUNTRIES.length);
    expect(tableIn(output(), 'Hive, by day, type and a key of the metadata:')).toEqual(byCountry);

    const orders = unrouted.filter(([, type]) => type === 'order.placed').reduce((sum, [, , n]) => sum + Number(n), 0);
    const countries = tableIn(output(), 'Hive, the same key, which is a column of the view of its type:');
    expect(countries.map(([country]) => country)).toEqual(COUNTRIES);
    expect(countries.reduce((sum, [, n]) => sum + Number(n), 0)).toBe(orders);

    const routed = sent.filter(([, , , , where]) => where !== 'HDFS');
    expect(routed.map(([, type]) => type)).toEqual(['exception', 'timer']);
    for (const [, , count, , where] of routed)
      expect(where).toMatch(new RegExp(`\\.ndjson \\(a route's\\): ${count}$`));
  },
);
