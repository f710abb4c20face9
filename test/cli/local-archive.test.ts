import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeLine } from '../../src/core/encode.ts';
import { lockArchive } from '../../src/router/archive/lock-archive.ts';
import { aMessage, archive } from '../report/temp-archive.ts';
import { tempDir } from './run-cli.ts';
import { runHere } from './run-here.ts';

const COUNT = ['query', '--format', 'csv', 'SELECT count(*) AS n FROM messages'];

let dir: string;
/** A folder that no data folder holds, named by the configuration alone. */
let big: string;
let config: string;

beforeEach(async () => {
  dir = await tempDir();
  big = join(dir, 'big');
  await archive(dir, [aMessage(), aMessage()]);
  await rename(join(dir, 'archive'), big);
  config = await configOf({ dataDir: join(dir, 'data'), archive: { dir: big } });
});

async function configOf(content: object): Promise<string> {
  const path = join(dir, 'metlog.config.json');
  await writeFile(path, JSON.stringify(content));
  return path;
}

describe('an archive in a folder that the configuration names', () => {
  it('is asked, merged, imported into and described without naming it again', async () => {
    const env = { METLOG_CONFIG: config };
    expect(await runHere(COUNT, { env })).toEqual({ code: 0, stdout: 'n\r\n2\r\n', stderr: '' });
    const merged = await runHere(['merge', '--config', config]);
    expect(merged).toMatchObject({ code: 0, stdout: expect.stringMatching(/; the archive has 1 now\n$/) as string });
    const more = join(dir, 'more.ndjson');
    await writeFile(more, `${encodeLine(aMessage())}\n`);
    expect(await runHere(['import', '--config', config, more])).toMatchObject({ code: 0 });
    expect((await runHere([...COUNT, '--config', config])).stdout).toBe('n\r\n3\r\n');
    expect((await runHere(['ddl', '--engine', 'hive'], { env })).stdout).toContain(`LOCATION 'file://${big}'`);
    expect(await readdir(dir)).not.toContain('data');
  });

  it('is meant whatever data folder is named, as with serve', async () => {
    const other = ['--config', config, '--data-dir', join(dir, 'other')];
    expect((await runHere([...COUNT, ...other])).stdout).toBe('n\r\n2\r\n');
    expect(await runHere(['merge', ...other])).toMatchObject({ code: 0 });
  });

  it('is said to be meant where the data folder that is named has an archive of its own', async () => {
    const other = join(dir, 'other');
    await archive(other, [aMessage()]);
    const more = join(dir, 'more.ndjson');
    await writeFile(more, `${encodeLine(aMessage())}\n`);
    const named = ['--config', config, '--data-dir', other];
    const commands = { query: COUNT.slice(1), merge: [], ddl: ['--engine', 'hive'], import: [more] };
    for (const [name, args] of Object.entries(commands)) {
      expect(await runHere([name, ...args, ...named])).toMatchObject({
        code: 0,
        stderr: `metlog ${name}: the archive is "${big}", as archive.dir in ${config} says, not the one in "${other}"\n`,
      });
    }
    expect((await runHere([...COUNT, ...named])).stdout).toBe('n\r\n3\r\n');
    const byVariable = { env: { METLOG_DATA_DIR: other } };
    expect(await runHere([...COUNT, '--config', config], byVariable)).toMatchObject({ code: 0, stderr: '' });
    await configOf({ archive: { dir: `${other}/./archive` } });
    expect(await runHere([...COUNT, ...named])).toMatchObject({ stdout: 'n\r\n1\r\n', stderr: '' });
  });

  it('is not merged while another process has it, whatever its data folder is', async () => {
    const lock = await lockArchive(big);
    expect(await runHere(['merge', '--config', config])).toEqual({
      code: 1,
      stdout: '',
      stderr: `metlog merge: the archive ${big} is in use by another metlog (pid ${process.pid})\n`,
    });
    lock.release();
  });

  it('is named where it is not there', async () => {
    await configOf({ archive: { dir: join(dir, 'nowhere') } });
    const named = `"${join(dir, 'nowhere')}"`;
    expect((await runHere([...COUNT, '--config', config])).stderr).toBe(
      `metlog query: there is no archive in ${named} yet; start \`metlog serve\`, or name another with archive.dir in ${config}\n`,
    );
    expect((await runHere(['merge', '--config', config])).stderr).toBe(
      `metlog merge: there is no archive in ${named}; name another with archive.dir in ${config}\n`,
    );
  });
});

it('is in the data folder of the configuration where that names a store for it, or nothing', async () => {
  await mkdir(join(dir, 'data'));
  await rename(big, join(dir, 'data', 'archive'));
  for (const content of [{}, { archive: { dir: 's3://bucket' } }]) {
    await configOf({ dataDir: join(dir, 'data'), ...content });
    expect((await runHere([...COUNT, '--config', config])).stdout).toBe('n\r\n2\r\n');
  }
});

it('is found though what environment variables say of sinks is wrong', async () => {
  const env = { METLOG_CONFIG: config, METLOG_STATSD: 'nonsense' };
  expect(await runHere(COUNT, { env })).toMatchObject({ code: 0, stderr: '' });
});
