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

it('a map-reduce job of two Node programs counts what was sent, by day and type', async () => {
  await runToEnd('npm', ['run', 'build'], { cwd: EXAMPLE });
  const files = await listNames(await writeEngineArchive());
  const lines = await runStreaming({
    files: [`${EXAMPLE}/build/mapper.mjs`, `${EXAMPLE}/build/reducer.mjs`],
    mapper: 'node mapper.mjs',
    reducer: 'node reducer.mjs',
    lines: files.map(({ path }) => pathToFileURL(path).href),
  });
  const sent = new Map<string, number>();
  for (const { dt, type } of SENT) {
    const key = JSON.stringify([dt, type]);
    sent.set(key, (sent.get(key) ?? 0) + 1);
  }
  expect([...lines].sort()).toEqual([...sent].map(([key, count]) => `${key}\t${count}`).sort());
}, 120_000);
