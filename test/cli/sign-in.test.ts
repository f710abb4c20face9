import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { runCli, serve, startCli, tempDir } from './run-cli.ts';

const TOKEN = 'correct-horse-battery';
const WITH_TOKEN = { METLOG_TOKEN: TOKEN };
const EXPOSED = ['--host', '0.0.0.0'];

/** An address by which other machines reach this one; where there is none, one of loopback, named as any other. */
const ADDRESS =
  Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address ?? '127.0.0.1';

interface Asking {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Asks a server that listens on every address by one of them. Any Host can be said, which `fetch` keeps to itself. */
async function ask(http: string, path: string, { method = 'GET', headers = {}, body }: Asking = {}): Promise<Answer> {
  const { port } = new URL(http);
  const host = headers['host'] ?? '192.0.2.7:5566'; // a port that is mapped, as containers have it
  const outgoing = httpRequest({ host: ADDRESS, port, path, method, headers: { ...headers, host } });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: incoming.statusCode, headers: incoming.headers, body: await text(incoming) };
}

const enter = (http: string, token: string, headers: Record<string, string> = {}): Promise<Answer> =>
  ask(http, '/login', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams({ token }).toString(),
  });

/** One message, as pages send it. */
const BODY =
  '{"metlog":1,"logger":"web","sender":"abcdefghijklmnop","seq":0}\n{"type":"x","timestamp":"2026-11-22T10:44:00.123Z","severity":6,"payload":"","metadata":{}}\n';

const addressOf = (http: string): string => `http://${ADDRESS}:${new URL(http).port}`;

describe('metlog serve for other machines', () => {
  it('without a token takes messages and shows nothing, and says so when it starts', async () => {
    const { http, lines, stderr } = await serve({ args: EXPOSED });
    expect(lines).toContain(`metlog: ${http}`);
    expect(http).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
    await expect
      .poll(stderr)
      .toBe(
        'metlog serve: other machines can send messages, but nobody can see them: set METLOG_TOKEN, and whoever knows it can sign in\n',
      );
    for (const path of ['/metlog.js', '/metlog.stub.js', '/healthz']) {
      expect([path, (await ask(http, path)).status]).toEqual([path, 200]);
    }
    expect((await ask(http, '/v1/messages', { method: 'POST', body: BODY })).status).toBe(202);
    for (const path of ['/', '/ui/main.js', '/api/views', '/api/tail', '/metrics', '/readyz', '/login']) {
      expect([path, (await ask(http, path)).status]).toEqual([path, 403]);
    }
    const query = await runCli(['query', 'select 1', '--url', addressOf(http)]);
    expect(query).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'metlog query: other machines can reach this server: set METLOG_TOKEN where it is started, and it answers who knows it\n',
    });
  });

  it('with a token answers who knows it, and says nothing of it', async () => {
    const { http, stderr, lines } = await serve({ args: EXPOSED, env: WITH_TOKEN });
    expect((await ask(http, '/api/views')).status).toBe(401);
    expect((await ask(http, '/', { headers: { accept: 'text/html' } })).headers.location).toBe('/login');
    const { status, headers } = await enter(http, TOKEN);
    expect([status, headers.location]).toEqual([303, '/']);
    const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    for (const path of ['/', '/api/views', '/metrics', '/readyz']) {
      expect([path, (await ask(http, path, { headers: { cookie } })).status]).toEqual([path, 200]);
    }
    expect(stderr() + lines.join('')).not.toContain(TOKEN);
    expect(stderr()).toBe('');
  });

  it('answers for its addresses and the names that it is told, and for no other', async () => {
    const { http } = await serve({
      args: [...EXPOSED, '--allowed-host', 'metlog.internal', '--allowed-host', 'metlog.example.com'],
      env: WITH_TOKEN,
    });
    const status = async (host: string): Promise<number | undefined> =>
      (await ask(http, '/metrics', { headers: { host, authorization: `Bearer ${TOKEN}` } })).status;
    expect(await status('metlog.internal')).toBe(200);
    expect(await status('metlog.example.com:8080')).toBe(200);
    expect(await status(ADDRESS)).toBe(200);
    expect(await status('evil.example')).toBe(421);
  });

  it('takes the names from its configuration, and others when it is reloaded', async () => {
    const dir = await tempDir();
    const config = join(dir, 'metlog.config.json');
    await writeFile(config, JSON.stringify({ hosts: ['old.internal'] }));
    const { http, child, stderr } = await serve({ args: ['--config', config], dataDir: join(dir, 'data') });
    const { port } = new URL(http);
    const status = async (host: string): Promise<number | undefined> => {
      const outgoing = httpRequest({ host: '127.0.0.1', port, path: '/healthz', headers: { host } });
      outgoing.end();
      const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
      await text(incoming);
      return incoming.statusCode;
    };
    expect([await status('old.internal'), await status('new.internal')]).toEqual([200, 421]);
    await writeFile(config, JSON.stringify({ hosts: ['new.internal'] }));
    child.kill('SIGHUP');
    await expect.poll(stderr).toContain('configuration reloaded');
    expect([await status('old.internal'), await status('new.internal')]).toEqual([421, 200]);
  });

  it('takes pages of no other origin unless it is told of them', async () => {
    const { http } = await serve({ args: EXPOSED });
    const post = (origin: string, url: string): Promise<Answer> =>
      ask(url, '/v1/messages', { method: 'POST', headers: { origin }, body: BODY });
    expect((await post('http://localhost:3000', http)).status).toBe(403);
    const told = await serve({ args: [...EXPOSED, '--origin', 'https://shop.example'] });
    expect((await post('https://shop.example', told.http)).status).toBe(202);
  });

  it('slows down the address that a trusted proxy tells, and has the cookie kept to https then', async () => {
    const dir = await tempDir();
    const config = join(dir, 'metlog.config.json');
    await writeFile(config, JSON.stringify({ trustProxy: 1 }));
    const { http } = await serve({ args: [...EXPOSED, '--config', config], env: WITH_TOKEN, dataDir: join(dir, 'd') });
    const from = (address: string): Record<string, string> => ({
      'x-forwarded-for': address,
      'x-forwarded-proto': 'https',
    });
    for (let n = 0; n < 10; n++) expect((await enter(http, 'wrong', from('198.51.100.1'))).status).toBe(401);
    expect((await enter(http, TOKEN, from('198.51.100.1'))).status).toBe(429);
    const { status, headers } = await enter(http, TOKEN, from('198.51.100.2'));
    expect([status, headers['set-cookie']?.[0]?.endsWith('; Secure; SameSite=Strict')]).toEqual([303, true]);
  });

  it('believes no such header without one', async () => {
    const { http } = await serve({ args: EXPOSED, env: WITH_TOKEN });
    const headers = (n: number): Record<string, string> => ({
      'x-forwarded-for': `198.51.100.${n}`,
      'x-forwarded-proto': 'https',
    });
    expect((await enter(http, TOKEN, headers(0))).headers['set-cookie']?.[0]).not.toContain('Secure');
    for (let n = 0; n < 10; n++) expect((await enter(http, 'wrong', headers(n))).status).toBe(401);
    expect((await enter(http, 'wrong', headers(11))).status).toBe(429);
  });

  it('says that an address is none of this machine', async () => {
    const dataDir = await tempDir();
    const args = ['serve', '--data-dir', dataDir, '--udp-port', '0', '--http-port', '0', '--host', '192.0.2.254'];
    expect(await runCli(args)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'metlog serve: cannot listen at http://192.0.2.254:0: --host must be an address of this machine\n',
    });
  });
});

describe('METLOG_TOKEN', () => {
  it.each(['short', 'fifteen-letters', 'with a space in it', 'ümläutümläutümläut', 'x'.repeat(513)])(
    'is refused as %j, for the server and for who asks it, and not shown',
    async (token) => {
      const env = { METLOG_TOKEN: token };
      const wanted =
        'METLOG_TOKEN must be 16 to 512 letters, digits and signs of ASCII without a space, such as `openssl rand -hex 32` prints\n';
      const dataDir = await tempDir();
      const started = await runCli(['serve', '--data-dir', dataDir], { env });
      expect(started).toEqual({ code: 2, stdout: '', stderr: `metlog serve: ${wanted}` });
      const asked = await runCli(['query', 'select 1', '--url', 'http://127.0.0.1:9'], { env });
      expect(asked).toEqual({ code: 2, stdout: '', stderr: `metlog query: ${wanted}` });
    },
  );

  it('is wanted on loopback too where it is set; an empty one is none', async () => {
    const signed = await serve({ env: WITH_TOKEN });
    expect((await fetch(`${signed.http}/api/views`)).status).toBe(401);
    const open = await serve({ env: { METLOG_TOKEN: '' } });
    expect((await fetch(`${open.http}/api/views`)).status).toBe(200);
  });
});

describe('commands that ask a server', () => {
  it('send the token of METLOG_TOKEN, and say in a sentence when there is none or a wrong one', async () => {
    const dir = await tempDir();
    await mkdir(join(dir, 'dist'));
    await writeFile(join(dir, 'dist', 'a.js'), 'let a;\n//# sourceMappingURL=a.js.map\n');
    const map = { version: 3, sources: ['a.ts'], sourcesContent: ['let a'], names: [], mappings: 'AAAA' };
    await writeFile(join(dir, 'dist', 'a.js.map'), JSON.stringify(map));
    const { http } = await serve({ args: EXPOSED, env: WITH_TOKEN });
    const url = addressOf(http);
    const commands = [
      ['query', 'select 1 as one'],
      ['ledger'],
      ['replay', 'statsd'],
      ['upload-maps', join(dir, 'dist'), '--release', '1'],
      ['tail'],
    ];
    for (const args of commands) {
      const run = (env: Record<string, string>): ReturnType<typeof runCli> => runCli([...args, '--url', url], { env });
      expect(await run({})).toMatchObject({
        code: 1,
        stderr: `metlog ${args[0]}: ${url} asks for a token: set METLOG_TOKEN to the one that it was started with\n`,
      });
      expect(await run({ METLOG_TOKEN: 'not-the-right-token' })).toMatchObject({
        code: 1,
        stderr: `metlog ${args[0]}: METLOG_TOKEN is not the token of ${url}\n`,
      });
      if (args[0] === 'tail') continue; // goes on until it is ended
      const { code, stderr } = await run(WITH_TOKEN);
      if (args[0] === 'replay') expect(stderr).toContain('there is no sink "statsd"');
      else expect([args[0], code, stderr]).toEqual([args[0], 0, '']);
    }
  });

  it('tail shows what arrives', async () => {
    const { http, udp } = await serve({ args: EXPOSED, env: WITH_TOKEN });
    const tail = startCli(['tail', '--url', addressOf(http), '--type', 'order.*'], { env: WITH_TOKEN });
    let shown = '';
    tail.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
    await expect
      .poll(async () => {
        await runCli(['send', 'order.placed', '--dest', udp]);
        return shown;
      })
      .toContain('order.placed');
  });
});
