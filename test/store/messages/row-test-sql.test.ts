import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { parseCondition } from '../../../src/router/routes/value-test.ts';
import type { Match } from '../../../src/router/routes/route.ts';
import { connectDuckdb } from '../../../src/store/duckdb.ts';
import { rowTestSql, type RowCondition } from '../../../src/store/messages/row-test-sql.ts';
import { ORDERED_SETTINGS, segmentRowsSql } from '../../../src/store/segment-sql.ts';
import { anyMatch, anyReceived, naiveMatches } from '../../router/routes/naive-match.ts';
import { header, line, tempDir } from '../journal-text.ts';

const conditionsOf = (match: Match): readonly RowCondition[] =>
  Object.entries(match).map(([on, condition]) => ({ on, test: parseCondition(condition)! }));

it('leaves out what a plain reading of a match says, in the order of the segment', async () => {
  const { connection, close } = await connectDuckdb({ purpose: 'the test', memoryLimitMiB: 256, threads: 1 });
  onTestFinished(close);
  await connection.run(ORDERED_SETTINGS);
  const path = join(await tempDir(), 'segment.ndjson');
  const messages = fc.sample(anyReceived, { numRuns: 400, seed: 1 });
  // A header for each, as each has its own `via` and `key`.
  const lines = messages.map(({ type, logger, severity, metadata, via, key }, n) =>
    [header({ logger, via, key }), line({ type, severity, metadata, payload: String(n) }), ''].join('\n'),
  );
  await writeFile(path, lines.join(''));
  let leftOutCount = 0;
  for (const match of fc.sample(
    anyMatch.filter((one) => [1, 2].includes(Object.keys(one).length)),
    { numRuns: 80, seed: 2 },
  )) {
    const rows = segmentRowsSql(path, { except: [conditionsOf(match)], count: messages.length });
    const reader = await connection.runAndReadAll(`SELECT payload FROM (${rows})`);
    const kept = messages.flatMap((message, n) => (naiveMatches(match, message) ? [] : [String(n)]));
    expect(
      reader.getRowObjectsJS().map(({ payload }) => payload),
      JSON.stringify(match),
    ).toEqual(kept);
    leftOutCount += messages.length - kept.length;
  }
  expect(leftOutCount).toBeGreaterThan(1_000); // the property says nothing otherwise
});

it('keeps quotes, backslashes and wildcards of SQL as text', () => {
  const sql = rowTestSql([
    [
      { on: 'type', test: { kind: 'any', values: ["x' OR 1=1 --"], patterns: ["50%_\\'*"] } },
      { on: 'metadata.a"b\'c', test: { kind: 'any', values: [null], patterns: [] } },
    ],
  ]);
  expect(sql).toContain("line.type = 'x'' OR 1=1 --'");
  expect(sql).toContain("line.type LIKE '50\\%\\_\\\\''%' ESCAPE '\\'");
  expect(sql).toContain(`'$."a\\"b''c"'`);
});

it('refuses a column that no message has', () => {
  expect(() => rowTestSql([[{ on: 'payload', test: { kind: 'any', values: ['x'], patterns: [] } }]])).toThrow(
    'payload',
  );
});
