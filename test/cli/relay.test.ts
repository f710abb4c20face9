import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startUdpReceiver, type UdpReceiver } from '../node/udp-receiver.ts';
import { headerLine, messageLine } from '../router/support/lines.ts';
import { freePort } from '../support/free-port.ts';
import { runCli, serve, startCli, tempDir, type CliOptions } from './run-cli.ts';

interface Relaying {
  readonly http: string;
  readonly lines: readonly string[];
  readonly child: ReturnType<typeof startCli>;
  stderr(): string;
  stop(): Promise<number | null>;
}

/** `metlog relay` on a free port, ready. */
async function relay(args: readonly string[], options: CliOptions = {}): Promise<Relaying> {
  const child = startCli(['relay', '--http-port', '0', ...args], options);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (line === 'metlog: ready') break;
  }
  const http = lines[0]?.replace('metlog: ', '');
  if (http === undefined) throw new Error(`relay did not start: ${said}`);
  return {
    http,
    lines,
    child,
    stderr: () => said,
    async stop() {
      const closed = once(child, 'close') as Promise<[number | null]>; // `exit` may come before its last words are read
      child.kill('SIGTERM');
      return (await closed)[0];
    },
  };
}

async function receiver(): Promise<UdpReceiver & { readonly dest: string }> {
  const opened = await startUdpReceiver();
  onTestFinished(() => opened.close());
  return { ...opened, dest: `udp://127.0.0.1:${opened.port}` };
}

const BODY = `${headerLine({ sender: 'a', seq: 0 })}\n${messageLine('one')}\n`;
const post = (http: string, query = '', init: RequestInit = {}): Promise<Response> =>
  fetch(`${http}/v1/messages${query}`, { method: 'POST', body: BODY, ...init });

describe('metlog relay', () => {
  it('prints where it listens, sends messages on by UDP, and ends with 0', async () => {
    const { dest, received } = await receiver();
    const { http, lines, stop, stderr } = await relay(['--dest', dest]);
    expect(lines).toEqual([`metlog: ${http}`, 'metlog: ready']);
    const response = await post(http, '', { headers: { origin: 'http://localhost:3000' } });
    expect([response.status, await response.json()]).toEqual([202, { accepted: 1, refused: [] }]);
    expect((await received(1))[0]).toContain('"sender":"a","seq":0');
    expect(await stop()).toBe(0);
    expect(stderr()).toBe('');
  });

  it("brings a page's messages to a router that hears UDP alone", async () => {
    const { udp, http: report } = await serve();
    const { http } = await relay(['--dest', udp]);
    expect((await post(http)).status).toBe(202);
    const accepted = async (): Promise<unknown> =>
      ((await (await fetch(`${report}/api/ledger`)).json()) as { input: { accepted: number } }).input.accepted;
    await expect.poll(accepted).toBe(1);
  });

  it('answers for its health, its numbers and the script, and refuses and counts all else', async () => {
    const { dest } = await receiver();
    const { http } = await relay(['--dest', dest]);
    expect(await (await fetch(`${http}/healthz`)).json()).toEqual({ status: 'ok' });
    expect([200, 404]).toContain((await fetch(`${http}/metlog.js`)).status);
    expect((await fetch(`${http}/v1/message`, { method: 'POST', body: BODY })).status).toBe(404);
    expect((await fetch(`${http}/api/ledger`)).status).toBe(404);
    const numbers = await (await fetch(`${http}/metrics`)).text();
    expect(numbers).toContain('metlog_relay_refused_total{reason="wrong-path"} 2\n');
  });

  it('goes by the configuration, and by a changed one after SIGHUP', async () => {
    const { dest } = await receiver();
    const file = join(await tempDir(), 'c.json');
    await writeFile(file, JSON.stringify({ keys: { shop: {} }, origins: ['https://shop.example'] }));
    const { http, child, stderr } = await relay(['--dest', dest, '--config', file]);
    const from = (origin: string): RequestInit => ({ headers: { origin } });
    expect((await post(http, '?key=shop', from('https://shop.example'))).status).toBe(202);
    expect((await post(http, '?key=shop', from('http://localhost:3000'))).status).toBe(403);
    expect((await post(http)).status).toBe(403);
    await writeFile(file, JSON.stringify({ keys: { other: {} } }));
    child.kill('SIGHUP');
    await expect.poll(stderr).toBe('metlog relay: configuration reloaded\n');
    expect((await post(http, '?key=other', from('http://localhost:3000'))).status).toBe(202);
    expect((await post(http, '?key=shop')).status).toBe(403);
  });

  it('takes origins from the command line above those of the file', async () => {
    const { dest } = await receiver();
    const { http } = await relay(['--dest', dest, '--origin', 'https://a.example', '--origin', 'https://b.example']);
    const status = async (origin: string): Promise<number> => (await post(http, '', { headers: { origin } })).status;
    expect([await status('https://a.example'), await status('https://b.example')]).toEqual([202, 202]);
    expect([await status('https://c.example'), await status('http://localhost:1')]).toEqual([403, 403]);
  });

  it('says on stderr when nobody listens, and answers 503', async () => {
    const dest = `udp://127.0.0.1:${await freePort()}`;
    const { http, stop, stderr } = await relay([], { env: { METLOG_DEST: dest } });
    expect([(await post(http)).status, (await post(http)).status]).toEqual([503, 503]);
    expect(await stop()).toBe(0);
    expect(stderr()).toBe(`metlog relay: nobody listens at ${dest}; is \`metlog serve\` running?\n`);
  });

  it.each<[string[], Record<string, string>, string]>([
    [
      ['--dest', 'http://127.0.0.1'],
      {},
      '--dest must be an address such as udp://127.0.0.1:5565, got "http://127.0.0.1"',
    ],
    [['--origin', 'shop.example'], {}, '--origin must be an origin such as https://shop.example'],
    [['--host', 'example.com'], {}, '--host must be an IP address or localhost, got "example.com"'],
    [['--http-port', 'x'], {}, '--http-port must be a port from 0 to 65535, got "x"'],
    [[], { METLOG_SECRET: 'relay:hunter2' }, 'METLOG_SECRET must be <key id>:<secret>'],
  ])('refuses %j', async (args, env, words) => {
    const { code, stderr } = await runCli(['relay', ...args], { env });
    expect(code).toBe(2);
    expect(stderr).toContain(`metlog relay: ${words}`);
    expect(stderr).not.toContain('hunter2');
  });
});

describe('metlog serve', () => {
  it('lets in the pages and keys of its configuration, stamps the key, and takes changes of both', async () => {
    const dir = await tempDir();
    const file = join(dir, 'c.json');
    const sink = join(dir, 'sink.ndjson');
    const config = {
      sinks: { shop: { kind: 'file', path: sink } },
      routes: [{ match: { key: 'shop', via: 'http' }, to: ['shop'] }],
    };
    await writeFile(file, JSON.stringify({ ...config, keys: { shop: { loggers: ['shop'] } } }));
    const { http, child, stderr } = await serve({ args: ['--config', file, '--origin', 'https://shop.example'] });
    const from = { headers: { origin: 'https://shop.example' } };
    expect((await post(http, '', from)).status).toBe(403);
    expect((await post(http, '?key=shop', { headers: { origin: 'http://localhost:3000' } })).status).toBe(403);
    const lines = [messageLine('two', { logger: 'bank' }), messageLine('three', { type: 'metlog.config' })];
    const response = await post(http, '?key=shop', { ...from, body: BODY + lines.join('\n') });
    expect(await response.json()).toEqual({
      accepted: 1,
      refused: [3, 4].map((line) => ({ line, error: 'not-allowed' })),
    });
    const { relay: book, sinks } = (await (await fetch(`${http}/api/ledger`)).json()) as {
      relay: { refused: Record<string, number> };
      sinks: Record<string, { routed: number }>;
    };
    expect(book).toMatchObject({ requests: 3, accepted: 1, refused: { 'bad-key': 1, 'bad-origin': 1 } });
    expect(sinks['shop']?.routed).toBe(1);
    await writeFile(file, JSON.stringify({ ...config, keys: { other: {} } }));
    child.kill('SIGHUP');
    await expect.poll(stderr).toContain('configuration reloaded');
    expect((await post(http, '?key=shop', from)).status).toBe(403);
    expect((await post(http, '?key=other', { ...from, body: BODY })).status).toBe(202);
  });
});
