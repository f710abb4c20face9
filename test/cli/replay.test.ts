import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { runCli, serve, tempDir } from './run-cli.ts';

/** A sink that refuses everything, or fails, as long as a file is there. */
const config = (refuses: string, fails: string): string => `
  import { existsSync } from 'node:fs';
  const picky = ({ name }) => ({
    name,
    async write(messages) {
      if (existsSync(${JSON.stringify(fails)})) throw new Error('ECONNREFUSED');
      if (!existsSync(${JSON.stringify(refuses)})) return {};
      return { refused: messages.map((_, index) => ({ index, reason: 'no such series' })) };
    },
    close: async () => {},
  });
  export default { sinks: { picky }, routes: [{ match: { type: 'order.placed' }, to: ['picky'] }] };
`;

describe('metlog replay', () => {
  it('has a sink given its dead letters once more, and says what became of them', async () => {
    const dir = await tempDir();
    const [refuses, fails] = [join(dir, 'refuses'), join(dir, 'fails')];
    await writeFile(join(dir, 'metlog.config.mjs'), config(refuses, fails));
    await writeFile(refuses, '');
    const { udp, http, dataDir } = await serve({ cwd: dir });
    const replay = (sink: string): ReturnType<typeof runCli> => runCli(['replay', sink, '--url', http]);
    const said = (stdout: string, code = 0): object => ({ code, stdout: `${stdout}\n`, stderr: '' });

    expect(await replay('picky')).toEqual(said('picky: there are no dead letters'));
    for (let i = 0; i < 2; i++) await runCli(['send', 'order.placed', '--dest', udp]);
    const letters = async (): Promise<string[]> =>
      (await readFile(join(dataDir, 'dead-letter', 'picky.ndjson'), 'utf8').catch(() => '')).split('\n');
    await expect.poll(async () => (await letters()).length).toBe(3);
    expect(JSON.parse((await letters())[0] ?? '')).toMatchObject({
      reason: 'no such series',
      message: { type: 'order.placed' },
    });

    expect(await replay('picky')).toEqual(said('picky: 0 delivered, 2 refused again', 1));
    await writeFile(fails, '');
    expect(await replay('picky')).toEqual(said('picky: 0 delivered, 2 left: ECONNREFUSED', 1));
    await Promise.all([refuses, fails].map((path) => rm(path)));
    expect(await replay('picky')).toEqual(said('picky: 2 delivered'));
    expect(await letters()).toEqual(['']);

    expect(await replay('plain')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'metlog replay: there is no sink "plain"; there are: picky\n',
    });
  });

  it('says that a long replay goes on', async () => {
    const server = createServer((_, response) => response.writeHead(202).end('{"sink":"x","status":"under-way"}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const { code, stdout } = await runCli(['replay', 'x', '--url', `http://127.0.0.1:${port}`]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout:
        'x: the replay is still under way, and goes on by itself; `metlog ledger` shows how many dead letters are left\n',
    });
  });

  it.each([
    [0, { delivered: 1, refused: 4, remaining: 0 }, '1 delivered, 4 refused again'],
    [1, { delivered: 0, refused: 4, remaining: 0 }, '0 delivered, 4 refused again'],
    [1, { delivered: 3, refused: 0, remaining: 2, trouble: 'ECONNREFUSED' }, '3 delivered, 2 left: ECONNREFUSED'],
  ])('ends with %i after %j', async (code, outcome, said) => {
    const server = createServer((_, response) => response.end(JSON.stringify({ sink: 'x', ...outcome })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect(await runCli(['replay', 'x', '--url', `http://127.0.0.1:${port}`])).toEqual({
      code,
      stdout: `x: ${said}\n`,
      stderr: '',
    });
  });

  it('says when nobody answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expect(await runCli(['replay', 'x', '--url', url])).toEqual({
      code: 1,
      stdout: '',
      stderr: `metlog replay: nobody answers at ${url} (ECONNREFUSED); is \`metlog serve\` running?\n`,
    });
  });
});
