import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { runScript } from '../node/run-script.ts';
import { startUdpReceiver, type UdpReceiver } from '../node/udp-receiver.ts';
import { onEnd } from './support.ts';

// The built package and the real frameworks, each in a process of its own that ends by itself.

const dist = (name: string): string => JSON.stringify(pathToFileURL(resolve('dist', name)).href);

/** What goes wrong, by the path that is asked for. `fail` names the fault in a local variable. */
const FAULTS = `
  function fail(fault) { const secret = 'hunter2'; const order = { fault, password: secret }; throw new RangeError(fault); }
  const broken = () => new Readable({ read() { this.destroy(new RangeError('stream')); } });
  const PATHS = ['/sync', '/async', '/stream', '/middleware', '/fine'];`;

const ASK = `
  async function ask(address) {
    const statuses = [];
    for (const path of PATHS) statuses.push((await fetch(address + path)).status);
    console.log(statuses.join(' '));
  }`;

const APPS: Readonly<Record<string, string>> = {
  express: `
    const app = instrument(require('express')());
    app.set('env', 'test');
    app.use(function gate(request, response, next) { if (request.path === '/middleware') fail('middleware'); next(); });
    app.get('/sync', () => fail('sync'));
    app.get('/async', async () => { await null; fail('async'); });
    app.get('/stream', async () => { for await (const part of broken()) ; });
    app.get('/fine', (request, response) => response.send('fine'));
    const server = app.listen(0, '127.0.0.1', async () => {
      await ask('http://127.0.0.1:' + server.address().port);
      server.closeAllConnections();
      server.close();
    });`,
  fastify: `
    const app = instrument(require('fastify')());
    app.addHook('preHandler', function gate(request, reply, done) { if (request.url === '/middleware') fail('middleware'); done(); });
    app.get('/sync', () => fail('sync'));
    app.get('/async', async () => { await null; fail('async'); });
    app.get('/stream', async () => { for await (const part of broken()) ; });
    for (const path of ['/middleware', '/fine']) app.get(path, async () => 'fine');
    await ask(await app.listen({ port: 0, host: '127.0.0.1' }));
    await app.close();`,
  koa: `
    const Koa = require('koa');
    const app = instrument(new Koa());
    app.silent = true;
    app.use(async function gate(context, next) { if (context.path === '/middleware') fail('middleware'); await next(); });
    app.use(async (context) => {
      if (context.path === '/sync') fail('sync');
      await null;
      if (context.path === '/async') fail('async');
      if (context.path === '/stream') for await (const part of broken()) ;
      else context.body = 'fine';
    });
    const server = app.listen(0, '127.0.0.1', async () => {
      const address = 'http://127.0.0.1:' + server.address().port;
      await ask(address);
      server.closeAllConnections();
      server.close();
    });`,
  hono: `
    const { Hono } = require('hono');
    const app = instrument(new Hono());
    app.onError((error, context) => context.text('sorry', 500));
    app.use(async function gate(context, next) { if (context.req.path === '/middleware') fail('middleware'); await next(); });
    app.get('/sync', () => fail('sync'));
    app.get('/async', async () => { await null; fail('async'); });
    app.get('/stream', async () => { for await (const part of broken()) ; });
    app.get('/fine', (context) => context.text('fine'));
    const server = require('@hono/node-server').serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, async ({ port }) => {
      await ask('http://127.0.0.1:' + port);
      server.closeAllConnections();
      server.close();
    });`,
};

let receiver: UdpReceiver;

beforeEach(async () => {
  receiver = await startUdpReceiver();
  onEnd(() => receiver.close());
});

const run = (source: string): ReturnType<typeof runScript> =>
  runScript({ 'main.mjs': source }, { METLOG_DEST: `udp://127.0.0.1:${receiver.port}` });

describe.each(Object.keys(APPS))('%s in a process of its own', (framework) => {
  it('sends each of its faults once, with local variables, and ends as ever', async () => {
    const ended = await run(`
      import { createRequire } from 'node:module';
      import { Readable } from 'node:stream';
      import { configure } from ${dist('node.js')};
      import { uncaught } from ${dist('node-captures.js')};
      import { instrument } from ${dist(`${framework}.js`)};
      const require = createRequire(${JSON.stringify(resolve('package.json'))});
      configure({ capture: [uncaught()] });
      ${FAULTS} ${ASK} ${APPS[framework]!}`);
    expect(ended).toMatchObject({ code: 0, stdout: '500 500 500 500 200\n', stderr: '' });
    const messages = await receiver.receivedMessages(4);
    const exceptions = messages.filter(({ type }) => type === 'exception');
    expect(exceptions.map(({ metadata }) => (metadata['exception'] as { value: string }).value).sort()).toEqual([
      'async',
      'middleware',
      'stream',
      'sync',
    ]);
    for (const { payload, metadata } of exceptions) {
      expect(metadata['request_id']).toBeTypeOf('string');
      expect(metadata['exception']).toMatchObject({ mechanism: framework });
      const { value } = metadata['exception'] as { value: string };
      if (value !== 'stream') expect(payload).toContain(`order = {"fault":"${value}","password":"[redacted]"}`);
      expect(payload).not.toContain('hunter2');
    }
  });
});

describe('node:http in a process of its own', () => {
  it('sends what its listener throws once, and ends with it', async () => {
    const { code, stderr } = await run(`
      import { createServer } from 'node:http';
      import { configure } from ${dist('node.js')};
      import { uncaught } from ${dist('node-captures.js')};
      import { instrument } from ${dist('http.js')};
      configure({ capture: [uncaught()] });
      const server = createServer(instrument(() => { const order = { id: 7 }; throw new RangeError('thrown'); }));
      server.listen(0, '127.0.0.1', () => fetch('http://127.0.0.1:' + server.address().port).catch(() => undefined));`);
    expect(code).toBe(1);
    expect(stderr).toContain('RangeError: thrown');
    const exceptions = (await receiver.receivedMessages(1)).filter(({ type }) => type === 'exception');
    expect(exceptions).toHaveLength(1);
    expect(exceptions[0]?.payload).toContain('order = {"id":7}');
  });
});

describe('Express 4 in a process of its own', () => {
  const service = (handler: string): string => `
    import { createRequire } from 'node:module';
    import { configure } from ${dist('node.js')};
    import { instrument } from ${dist('express.js')};
    const require = createRequire(${JSON.stringify(resolve('package.json'))});
    configure();
    const app = instrument(require('express4')());
    app.set('env', 'test');
    app.get('/', ${handler});
    const server = app.listen(0, '127.0.0.1', async () => {
      const { status } = await fetch('http://127.0.0.1:' + server.address().port);
      console.log(status);
      server.closeAllConnections();
      server.close();
    });`;

  it('lives on where the application handles its own promise', async () => {
    const handler = `(request, response, next) => { const work = Promise.reject(new RangeError('mine')); work.catch(next); return work; }`;
    expect(await run(service(handler))).toMatchObject({ code: 0, stdout: '500\n', stderr: '' });
  });

  it('ends where nobody handles one, as without', async () => {
    const { code, stderr } = await run(service(`async () => { throw new RangeError('nobody'); }`));
    expect(code).toBe(1);
    expect(stderr).toContain('RangeError: nobody');
  });
});

describe('node:http with captured rejections in a process of its own', () => {
  it('answers 500 for a listener that rejects, as without', async () => {
    const { code, stdout } = await run(`
      import { EventEmitter } from 'node:events';
      import { createServer } from 'node:http';
      import { configure } from ${dist('node.js')};
      import { instrument } from ${dist('http.js')};
      EventEmitter.captureRejections = true;
      configure();
      const server = createServer(instrument(async () => { throw new RangeError('rejected'); }));
      server.listen(0, '127.0.0.1', async () => {
        console.log((await fetch('http://127.0.0.1:' + server.address().port)).status);
        server.closeAllConnections();
        server.close();
      });`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '500\n' });
  });
});
