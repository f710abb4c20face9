import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { listNames } from '../../src/store/layout.ts';
import { SENT, writeEngineArchive } from '../store/ddl/engine-archive.ts';
import { runStreaming } from './servers/hadoop-streaming.ts';
import { runToEnd } from './support/run-to-end.ts';
import { wantParts } from './support/parts.ts';

wantParts('engines', 'hadoop', 'hive-example', 'java');

const EXAMPLE = resolve('examples/hive');

it('a map-reduce job of two Node programs counts what was sent, by day and type, and by key of the metadata', async () => {
  await runToEnd('npm', ['run', 'build'], { cwd: EXAMPLE });
  const files = await listNames(await writeEngineArchive());
  const lines = await runStreaming({
    files: [`${EXAMPLE}/build/mapper.mjs`, `${EXAMPLE}/build/reducer.mjs`],
    mapper: 'node mapper.mjs',
    reducer: 'node reducer.mjs',
    lines: files.map(({ path }) => pathToFileURL(path).href),
  });
  const sent = new Map<string, number>();
  for (const { dt, type, metadata } of SENT) {
    for (const key of [[dt, type], ...Object.keys(metadata).map((name) => [dt, type, name])]) {
      const text = JSON.stringify(key);
      sent.set(text, (sent.get(text) ?? 0) + 1);
    }
  }
  // Since Node 24, what reads lines ends them there too.
  expect(lines.join('')).not.toMatch(/[\u2028\u2029]/);
  const counted = lines.map((line): readonly [string, number] => {
    const [key = '', count] = line.split('\t');
    return [JSON.stringify(JSON.parse(key)), Number(count)];
  });
  expect(counted).toHaveLength(sent.size);
  expect(new Map(counted)).toEqual(sent);
}, 120_000);
