import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../../src/core/schema.ts';
import { runScript, type ScriptResult } from '../node/run-script.ts';
import { startUdpReceiver, type UdpReceiver } from '../node/udp-receiver.ts';
import { nameOf, onEnd } from './support.ts';

const dist = (name: string): string => resolve(import.meta.dirname, '../../dist', name);
const WAYS = {
  '--import': `--import=${pathToFileURL(dist('register.js')).href}`,
  '--require': `--require=${dist('register.cjs')}`,
};

const PACKAGES = JSON.stringify(resolve('package.json'));

/** A service that asks itself for a user, and ends. */
const SERVICE = `
  const app = process.getBuiltinModule('node:module').createRequire(${PACKAGES})('express')();
  app.get('/users/:id', (request, response) => response.json({ id: request.params.id }));
  const server = app.listen(0, '127.0.0.1', async () => {
    const address = 'http://127.0.0.1:' + server.address().port;
    await (await fetch(address + '/users/42', { headers: { 'x-request-id': 'one' } })).text();
    server.closeAllConnections();
    server.close();
  });`;
const CRASH = `setTimeout(function work() { const user = { name: 'Ada', token: 'abc' }; throw new RangeError('crash'); }, 1);`;

let receiver: UdpReceiver;

beforeEach(async () => {
  receiver = await startUdpReceiver();
  onEnd(() => receiver.close());
});

function run(
  source: string,
  env: Record<string, string> = {},
  way: keyof typeof WAYS = '--import',
  files: Record<string, string> = {},
): Promise<ScriptResult> {
  const dest = `udp://127.0.0.1:${receiver.port}`;
  const name = way === '--import' ? 'main.mjs' : 'main.cjs';
  return runScript(
    { [name]: source, ...files },
    { METLOG_DEST: dest, METLOG_LOGGER: 'shop', NODE_OPTIONS: WAYS[way], ...env },
  );
}

const named = (messages: readonly Message[]): readonly string[] =>
  messages.map((message) => nameOf(message) || message.type).sort();

describe.each(['--import', '--require'] as const)('node %s metlog/register', (way) => {
  it('times what a service serves and asks for, by route and host, with ids', async () => {
    expect(await run(SERVICE, {}, way)).toMatchObject({ code: 0, stderr: '' });
    const messages = (await receiver.receivedMessages(2)).filter(({ type }) => type === 'timer');
    expect(named(messages)).toEqual([
      expect.stringMatching(/^client\.GET 127\.0\.0\.1:\d+$/),
      'request.GET /users/:id',
    ]);
    expect(messages.every(({ logger }) => logger === 'shop')).toBe(true);
    expect(messages.find((message) => nameOf(message).startsWith('request'))?.metadata).toMatchObject({
      request_id: 'one',
    });
  });

  it('sends what nobody caught with its local variables, and ends as without', async () => {
    const without = await runScript({ [way === '--import' ? 'main.mjs' : 'main.cjs']: CRASH });
    expect(await run(CRASH, {}, way)).toEqual(without);
    const [exception] = (await receiver.receivedMessages(1)).filter(({ type }) => type === 'exception');
    expect(exception?.payload).toContain('user = {"name":"Ada","token":"[redacted]"}');
    expect(exception?.metadata['exception']).toMatchObject({ type: 'RangeError', handled: false });
  });
});

describe('metlog/register', () => {
  it('watches worker threads too', async () => {
    const source = `import { Worker } from 'node:worker_threads';
      const worker = new Worker(new URL('./worker.mjs', import.meta.url));
      worker.on('error', (error) => console.log('worker:', error.message));`;
    expect(await run(source, {}, '--import', { 'worker.mjs': CRASH })).toMatchObject({
      code: 0,
      stdout: 'worker: crash\n',
    });
    const messages = await receiver.receivedMessages(1);
    expect(messages.filter(({ type }) => type === 'exception')).toHaveLength(1);
  });

  it('starts what METLOG_CAPTURE names, and tells what it does not know', async () => {
    const { stderr } = await run(SERVICE, { METLOG_CAPTURE: 'http-client, all' });
    expect(stderr).toContain('METLOG_CAPTURE names "all", but there are only uncaught, ');
    expect(named(await receiver.receivedMessages(1))).toEqual([expect.stringMatching(/^client\./)]);
  });

  it.each([{ METLOG_CAPTURE: '' }, { METLOG_ENABLED: 'false' }])('records nothing with %j', async (env) => {
    expect(await run(SERVICE, env)).toMatchObject({ code: 0, stderr: '' });
    expect(receiver.messages()).toEqual([]);
  });

  it('goes on through the client that the application configures', async () => {
    await run(`import { configure } from 'NODE'; configure({ logger: 'own' }); ${SERVICE}`);
    const messages = (await receiver.receivedMessages(2)).filter(({ type }) => type === 'timer');
    expect(messages.map(({ logger }) => logger)).toEqual(['own', 'own']);
  });

  it('tells a setting that is wrong, and lets the application run', async () => {
    const { code, stdout, stderr } = await run(`console.log('runs');`, { METLOG_DEST: 'nowhere' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'runs\n' });
    expect(stderr).toMatch(/^metlog: .*nowhere/);
  });
});
