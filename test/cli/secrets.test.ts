import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { tempDir } from './run-cli.ts';
import { runHere } from './run-here.ts';

const WITH_TOKEN = 'hdfs://nn/x?delegation=SECRET';
const WITH_KEY = 's3://AKIA:SEC/RET@bucket/x';
const WITH_PASSWORD = 'http://me:SECRET@127.0.0.1:5999';

async function config(archive: unknown): Promise<string> {
  const path = join(await tempDir(), 'metlog.config.json');
  await writeFile(path, JSON.stringify({ archive }));
  return path;
}

it.each([
  ['query', 'select 1', '--archive', WITH_TOKEN],
  ['query', 'select 1', '--archive', WITH_KEY],
  ['query', 'select 1', '--archive', 'hdfs:/nn/x?delegation=SECRET'],
  ['query', 'select 1', WITH_TOKEN],
  ['query', 'select 1', '--data-dir', WITH_TOKEN],
  ['query', 'select 1', '--url', 'http://127.0.0.1:5999/?token=SECRET'],
  ['query', 'select 1', '--url', WITH_PASSWORD],
  ['query', 'select 1', '--config', WITH_TOKEN],
  ['tail', '--url', WITH_PASSWORD],
  ['ddl', '--engine', 'hive', '--location', WITH_TOKEN],
  ['ddl', '--engine', 'hive', '--location', WITH_KEY],
  ['ddl', '--engine', 'duckdb', '--location', 's3://bucket/x#SECRET'],
  ['ddl', WITH_TOKEN],
  ['import', WITH_TOKEN],
  ['import', WITH_KEY],
  ['merge', '--data-dir', WITH_TOKEN],
  ['send', 'x', '--dest', 'ftp://me:SECRET@127.0.0.1'],
  ['relay', '--dest', 'http://127.0.0.1/?token=SECRET'],
  [WITH_TOKEN],
])('metlog %j tells that this is wrong, and no secret', async (...args) => {
  const { code, stdout, stderr } = await runHere(args, { env: { METLOG_DATA_DIR: await tempDir() } });
  expect(code).toBeGreaterThan(0);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^metlog[^\n]+\n$/);
  expect(stderr).not.toMatch(/SECRET|SEC\/RET/);
});

it.each([
  [WITH_TOKEN],
  [{ dir: WITH_TOKEN }],
  [{ dir: WITH_KEY }],
  [{ only: WITH_TOKEN }],
  [{ retentionDays: WITH_TOKEN }],
  [{ hdfs: WITH_TOKEN }],
  [{ s3: { endpoint: WITH_PASSWORD } }],
])('a configuration with the archive %j is refused without a word of the secret', async (archive) => {
  const { code, stderr } = await runHere(['query', 'select 1', '--config', await config(archive)]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/ archive\b[^\n]+\n$/);
  expect(stderr).not.toMatch(/SECRET|SEC\/RET/);
});

it.each([
  ['abfss://logs@account.dfs.core.windows.net/metlog'],
  ['hdfs://nn:8020/of@home'],
  ['hdfs://[::1]:8020/of@home'],
])('ddl takes %s, in which there is none', async (location) => {
  const args = ['ddl', '--engine', 'spark', '--location', location];
  const { code, stdout } = await runHere(args, { env: { METLOG_DATA_DIR: await tempDir() } });
  expect(code).toBe(0);
  expect(stdout).toContain(`LOCATION '${location.replace(/[^a-z0-9:/.@[\]]/g, '')}`);
});

it('metlog send tells that a server did not take it, and not the password to it', async () => {
  const server = createServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, stderr } = await runHere(['send', 'x', '--dest', `http://me:SECRET@${host}/v1/messages`]);
  expect([code, stderr]).toEqual([1, `metlog send: http://…@${host}/v1/messages answered 404\n`]);
});
