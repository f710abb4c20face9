import { spawn } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Message } from '../../src/node/index.ts';
import { freePort } from '../support/free-port.ts';
import { startHttpReceiver } from './http-receiver.ts';
import { runScript } from './run-script.ts';
import { startUdpReceiver, type UdpReceiver } from './udp-receiver.ts';

let receiver: UdpReceiver;

beforeEach(async () => {
  receiver = await startUdpReceiver();
});

afterEach(() => receiver.close());

const env = () => ({ METLOG_DEST: `udp://127.0.0.1:${receiver.port}`, METLOG_LOGGER: 'shop' });

/** The names of the counters that arrived, once there are `count`. */
async function names(count: number): Promise<unknown[]> {
  return (await receiver.receivedMessages(count)).map(({ metadata }) => metadata['name']);
}

const CLIENT = `import { createMetlog } from 'NODE'; const metlog = createMetlog();`;

describe('what is said when a process ends', () => {
  it('leaves with the last message, without flush or close', async () => {
    const { code, stderr } = await runScript({ 'main.mjs': `${CLIENT} metlog.incr('a'); metlog.incr('b');` }, env());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await names(2)).toEqual(['a', 'b']);
  });

  it.each([false, true])('leaves from an exit handler, aggregated or not: %s', async (aggregate) => {
    const source = `
      process.on('exit', () => metlog.incr('before'));
      import { createMetlog } from 'NODE';
      const metlog = createMetlog({ aggregate: ${aggregate} });
      process.on('exit', () => { metlog.incr('after'); metlog.incr('after too'); });`;
    const { code } = await runScript({ 'main.mjs': source }, env());
    expect(code).toBe(0);
    expect(new Set(await names(3))).toEqual(new Set(['before', 'after', 'after too']));
  });

  it('ends with the report that closes the sender, also where more is said after it', async () => {
    const source = `${CLIENT} metlog.incr('a'); process.on('exit', () => metlog.incr('b'));`;
    expect((await runScript({ 'main.mjs': source }, env())).code).toBe(0);
    const texts = await receiver.received(2);
    const reports = texts.map((text) => JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as Message);
    expect(reports.map(({ type, metadata }) => [type, metadata['final'], metadata['accepted']])).toEqual([
      ['metlog.report', true, 1],
      ['metlog.report', true, 2],
    ]);
  });

  it('leaves before process.exit(), and its code stays', async () => {
    const source = `${CLIENT} metlog.incr('a'); process.on('exit', () => metlog.incr('b')); process.exit(7);`;
    expect((await runScript({ 'main.mjs': source }, env())).code).toBe(7);
    expect(await names(2)).toEqual(['a', 'b']);
  });

  it('leaves when nothing catches an error, and code and report stay', async () => {
    const source = `${CLIENT} metlog.incr('a'); throw new Error('nobody catches this');`;
    const { code, stderr } = await runScript({ 'main.mjs': source }, env());
    const { code: plainCode } = await runScript({ 'main.mjs': `throw new Error('nobody catches this');` });
    expect(code).toBe(plainCode);
    expect(stderr).toContain('nobody catches this');
    expect(await names(1)).toEqual(['a']);
  });

  it('leaves from a worker thread, also at its end', async () => {
    const worker = `
      import { createMetlog } from 'NODE';
      const metlog = createMetlog();
      metlog.incr('in the worker');
      process.on('exit', () => metlog.incr('at its end'));`;
    const main = `
      import { Worker } from 'node:worker_threads';
      new Worker(new URL('./worker.mjs', import.meta.url)).on('error', (error) => { throw error; });`;
    const { code, stderr } = await runScript({ 'main.mjs': main, 'worker.mjs': worker }, env());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await names(2)).toEqual(['in the worker', 'at its end']);
  });

  it('leaves from a forked child, under a sender and a process id of its own', async () => {
    const main = `
      import { fork } from 'node:child_process';
      ${CLIENT}
      metlog.incr('parent');
      if (!process.send) fork(process.argv[1]); else metlog.incr('child');`;
    expect((await runScript({ 'main.mjs': main }, env())).code).toBe(0);
    expect((await names(3)).sort()).toEqual(['child', 'parent', 'parent']);
    const headers = receiver.texts.map((text) => JSON.parse(text.split('\n')[0]!) as { sender: string; pid: number });
    expect(new Set(headers.map(({ sender }) => sender)).size).toBe(2);
    expect(new Set(headers.map(({ pid }) => pid)).size).toBe(2);
  });

  it('leaves in the order in which datagrams fill, however much there is', async () => {
    const source = `${CLIENT} for (let index = 0; index < 1000; index += 1) metlog.incr('n' + index);`;
    expect((await runScript({ 'main.mjs': source }, env())).code).toBe(0);
    expect(await names(1_000)).toEqual(Array.from({ length: 1_000 }, (_, index) => `n${index}`));
  });
});

describe('a client with messages that cannot leave', () => {
  /** A process that says something and has nothing else to do. */
  const idle = (options: object, after = '') => `
    import { createMetlog } from 'NODE';
    const metlog = createMetlog(${JSON.stringify(options)});
    metlog.incr('a');
    setTimeout(() => { metlog.incr('b'); ${after} }, 150);`;

  it('lets the process end where nobody listens, after one warning', async () => {
    const port = await freePort();
    const { code, stderr } = await runScript({
      'main.mjs': idle({ dest: `udp://127.0.0.1:${port}` }, 'setTimeout(() => undefined, 600);'),
    });
    expect(code).toBe(0);
    expect(stderr).toBe(`metlog: nobody listens at udp://127.0.0.1:${port}; is \`metlog serve\` running?\n`);
  });

  it('lets the process end where the host cannot be resolved', async () => {
    expect((await runScript({ 'main.mjs': idle({ dest: 'udp://does-not-exist.invalid:5565' }) })).code).toBe(0);
  });

  it.each(['udp://255.255.255.255:5565', 'udp://[2001:db8::1]:5565', 'udp://0.0.0.0:1'])(
    'lets the process end without a way to %s',
    async (dest) => {
      expect(await runScript({ 'main.mjs': idle({ dest, onError: undefined }) })).toMatchObject({
        code: 0,
        stdout: '',
      });
    },
  );

  it('lets the process end while a server does not answer', async () => {
    const server = await startHttpReceiver(() => undefined);
    try {
      expect((await runScript({ 'main.mjs': idle({ dest: server.origin }) })).code).toBe(0);
      expect(server.requests.length).toBeGreaterThan(0);
    } finally {
      await server.close();
    }
  });

  it('lets the process end while a host does not take connections', async () => {
    const full = await startFullServer();
    try {
      expect((await runScript({ 'main.mjs': idle({ dest: `http://127.0.0.1:${full.port}` }) })).code).toBe(0);
    } finally {
      await full.close();
    }
  });

  it('lets the process end while a host takes connections of none of several clients', async () => {
    const full = await startFullServer();
    try {
      const main = `import { createMetlog } from 'NODE';
        for (const logger of ['a', 'b', 'c']) createMetlog({ logger, dest: 'http://127.0.0.1:${full.port}', flushMs: 0, onError() {} }).incr('x');
        setTimeout(() => {}, 50);`;
      const { code, stderr } = await runScript({ 'main.mjs': main });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    } finally {
      await full.close();
    }
  }, 9_000); // the requests themselves give up after ten seconds

  it('tells all variables that cannot be used in one warning, and an onError that throws changes nothing', async () => {
    const bad = { METLOG_RATE: 'abc', METLOG_FLUSH_MS: 'soon' };
    const said = await runScript({ 'main.mjs': CLIENT }, { ...env(), ...bad });
    expect(said.stderr).toMatch(/^metlog: METLOG_RATE [^\n]*; METLOG_FLUSH_MS [^\n]*\n$/);
    const throwing = `import { createMetlog } from 'NODE'; createMetlog({ onError() { throw new Error('mine'); } });`;
    expect(await runScript({ 'main.mjs': throwing }, { ...env(), ...bad })).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('onError threw Error: mine') as string,
    });
  });

  it('lets the process end after a server answered, its connection still open', async () => {
    const server = await startHttpReceiver();
    try {
      expect((await runScript({ 'main.mjs': idle({ dest: server.origin }) })).code).toBe(0);
      expect(server.requests[0]?.path).toBe('/v1/messages');
    } finally {
      await server.close();
    }
  });
});

describe('flush and close', () => {
  it.each(['flush', 'close'])(
    'can be awaited at the top level, where nothing else keeps the process: %s',
    async (method) => {
      const source = `${CLIENT} metlog.incr('a'); console.log(await metlog.${method}()); metlog.incr('b'); console.log(metlog.stats.sent);`;
      const { code, stdout } = await runScript({ 'main.mjs': source }, env());
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${method === 'flush' ? 'true' : 'undefined'}\n1\n` });
    },
  );

  it.each(['udp://does-not-exist.invalid:1', 'http://127.0.0.1:9', 'nonsense'])(
    'come to their end for %s',
    async (dest) => {
      const source = `
      import { createMetlog } from 'NODE';
      const metlog = createMetlog({ dest: ${JSON.stringify(dest)}, onError: () => undefined });
      metlog.incr('a');
      const flushed = await metlog.flush(300);
      await metlog.close(100);
      const { accepted, queued, sent, dropped } = metlog.stats;
      console.log(JSON.stringify([flushed, accepted, queued, sent, Object.values(dropped)]));`;
      const { code, stdout } = await runScript({ 'main.mjs': source });
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual([dest === 'nonsense', 1, 0, 0, [1]]);
    },
  );
});

describe('a million calls in a loop', () => {
  it('neither throw nor fill the memory, and the book balances', async () => {
    const { port } = receiver;
    const source = `
      import { createMetlog } from 'NODE';
      const metlog = createMetlog({ dest: 'udp://127.0.0.1:${port}', onError: () => undefined });
      const before = process.memoryUsage().rss;
      for (let index = 0; index < 1_000_000; index += 1) metlog.incr('n' + (index % 5_000));
      const grownMiB = (process.memoryUsage().rss - before) / 2 ** 20;
      await metlog.flush(30_000);
      const { accepted, sent, queued, dropped } = metlog.stats;
      console.log(JSON.stringify({ accepted, queued, rest: accepted - sent - Object.values(dropped).reduce((sum, count) => sum + count, 0), grownMiB }));`;
    const { code, stdout } = await runScript({ 'main.mjs': source });
    expect(code).toBe(0);
    const { accepted, queued, rest, grownMiB } = JSON.parse(stdout) as Record<string, number>;
    expect({ accepted, queued, rest }).toEqual({ accepted: 1_000_000, queued: 0, rest: 0 });
    expect(grownMiB).toBeLessThan(200);
  });
});

describe('the default client', () => {
  it('is one for an application of ES modules and a library of CommonJS', async () => {
    const main = `
      import { createRequire } from 'node:module';
      import { configure } from 'NODE';
      const library = createRequire(import.meta.url)('./library.cjs');
      library.work('too early');
      configure();
      library.work('in time');
      library.timed();`;
    const library = `
      const { incr, timer } = require('CJS');
      exports.timed = timer('timed').wrap(() => 1);
      exports.work = (name) => incr(name);`;
    const { code, stderr } = await runScript({ 'main.mjs': main, 'library.cjs': library }, env());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await names(2)).toEqual(['in time', 'timed']);
  });

  it('is one for two copies of the package', async () => {
    const copy = resolve('node_modules/.cache/tests/copy'); // where it finds its own dependencies
    await cp('dist', copy, { recursive: true });
    onTestFinished(() => rm(copy, { recursive: true }));
    const main = `
      import { configure } from 'NODE';
      const other = await import(${JSON.stringify(pathToFileURL(join(copy, 'node.js')).href)});
      if (other.configure === configure) throw new Error('these are no copies');
      configure();
      other.incr('from the other copy');`;
    const { code, stderr } = await runScript({ 'main.mjs': main }, env());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await names(1)).toEqual(['from the other copy']);
  });
});

/** A server that is never accepted from: once its backlog is full, the kernel drops what comes. */
async function startFullServer(): Promise<{ port: number; close(): Promise<void> }> {
  const script = `
    const { createServer, connect } = require('node:net');
    const server = createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      process.stdout.write(String(server.address().port) + '\\n');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // never accepts
    });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve) =>
    child.stdout.once('data', (text) => resolve(Number(String(text)))),
  );
  const fillers = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await new Promise((resolve) => setTimeout(resolve, 100)); // the kernel tells nobody when its backlog is full
  return {
    port,
    async close() {
      for (const filler of fillers) filler.destroy();
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('close', resolve));
    },
  };
}
