import { resolve } from 'node:path';
import { expect, it, onTestFailed, onTestFinished } from 'vitest';
import { npmStart } from '../examples/start-example.ts';
import { wantParts } from './support/parts.ts';

wantParts('engines', 'hadoop', 'java');

/** One process of Java after the other, where others are at work too. */
const WITHIN_MS = 600_000;

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
    const unrouted = sent.filter(([, , , where]) => where === 'HDFS').map((row) => row.slice(0, 3));
    expect(new Set(unrouted.map(([day]) => day)).size).toBe(3);
    expect(new Set(unrouted.map(([, type]) => type))).toEqual(new Set(['order.placed', 'page.left', 'log']));
    expect(tableIn(output(), 'Hive, by day and type:')).toEqual(unrouted);
    expect(tableIn(output(), 'Map-reduce, by day and type:')).toEqual(unrouted);

    const orders = unrouted.filter(([, type]) => type === 'order.placed').reduce((sum, [, , n]) => sum + Number(n), 0);
    const countries = tableIn(output(), 'Hive, a key of the metadata, which is a column of the view of its type:');
    expect(countries.map(([country]) => country)).toEqual(['de', 'fr', 'it']);
    expect(countries.reduce((sum, [, n]) => sum + Number(n), 0)).toBe(orders);

    const routed = sent.filter(([, , , where]) => where !== 'HDFS');
    expect(routed.map(([, type]) => type)).toEqual(['exception', 'timer']);
    for (const [, , count, where] of routed) expect(where).toMatch(new RegExp(`\\.ndjson \\(a route's\\): ${count}$`));
  },
);
