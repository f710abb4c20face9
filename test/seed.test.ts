import { compileFunction } from 'node:vm';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMetlog, type Message, type Metlog, type MetlogOptions } from '../src/node/index.ts';
import { startUdpReceiver, type UdpReceiver } from './node/udp-receiver.ts';

/** Calls of a sampled function, and how far from its rate the share of those sent may be: 6.5 standard deviations. */
const SAMPLED_CALLS = 10_000;
const TOLERANCE = 0.03;

let receiver: UdpReceiver;
const clients: Metlog[] = [];

beforeEach(async () => {
  receiver = await startUdpReceiver();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await receiver.close();
});

function connect(options: MetlogOptions = {}): Metlog {
  const metlog = createMetlog({ logger: 'shop', dest: `udp://127.0.0.1:${receiver.port}`, ...options });
  clients.push(metlog);
  return metlog;
}

/** Everything that `metlog` has said, once it has arrived. */
async function arrived(metlog: Metlog): Promise<readonly Message[]> {
  expect(await metlog.flush()).toBe(true);
  return receiver.receivedMessages(metlog.stats.sent);
}

async function theOneMessage(metlog: Metlog): Promise<Message> {
  const messages = await arrived(metlog);
  expect(messages).toHaveLength(1);
  return messages[0]!;
}

describe('the destination', () => {
  it('is set before sending', async () => {
    const metlog = connect({ dest: 'udp://127.0.0.1:9' });
    metlog.setMetlogDest('127.0.0.1', receiver.port);
    metlog.incr('a');
    expect((await theOneMessage(metlog)).metadata['name']).toBe('a');
  });

  it('is set after sending, and what was sent meanwhile goes there', async () => {
    const metlog = connect({ dest: 'udp://127.0.0.1:9' });
    metlog.incr('a');
    metlog.setMetlogDest('127.0.0.1', receiver.port);
    metlog.incr('b');
    expect((await arrived(metlog)).map(({ metadata }) => metadata['name'])).toEqual(['a', 'b']);
  });

  it('is set again and again, and nothing is lost on the way', async () => {
    const second = await startUdpReceiver();
    try {
      const metlog = connect();
      metlog.incr('first');
      await arrived(metlog);
      metlog.setMetlogDest('127.0.0.1', second.port);
      metlog.incr('second');
      await metlog.flush();
      expect((await second.receivedMessages(1)).map(({ metadata }) => metadata['name'])).toEqual(['second']);
      expect(receiver.messages()).toHaveLength(1);
    } finally {
      await second.close();
    }
  });
});

describe('a flavor', () => {
  it('has its metadata merged into any message that names it', async () => {
    const metlog = connect();
    metlog.addFlavor('payments', { team: 'payments', tier: 1 });
    metlog.send('order.placed', { metadata: { total: 12.5 }, flavors: ['payments'] });
    metlog.incr('orders', { flavors: ['payments'] });
    metlog.incr('others');
    const [order, counter, other] = await arrived(metlog);
    expect(order?.metadata).toEqual({ total: 12.5, team: 'payments', tier: 1 });
    expect(counter?.metadata).toEqual({ name: 'orders', rate: 1, team: 'payments', tier: 1 });
    expect(other?.metadata).toEqual({ name: 'others', rate: 1 });
  });
});

const SOURCE = `
  export class Views {
    place = 'home';
    @timer('view.home')
    home(greeting) { return greeting + ', ' + this.place; }
  }`;

/** The class in `SOURCE` as TypeScript compiles it, with decorators of TC39 or legacy ones. */
function compileViews(timer: Metlog['timer'], experimentalDecorators: boolean): { home(greeting: string): string } {
  const { outputText } = ts.transpileModule(SOURCE, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, experimentalDecorators },
  });
  expect(outputText).toContain(experimentalDecorators ? '__decorate' : '__esDecorate');
  const exports: { Views?: new () => { home(greeting: string): string } } = {};
  const evaluate = compileFunction(outputText, ['exports', 'timer']) as (exports: object, timer: unknown) => void;
  evaluate(exports, timer);
  return new exports.Views!();
}

describe('a timer', () => {
  const ways: [way: string, start: (metlog: Metlog, rate: number) => () => void][] = [
    [
      'a block',
      (metlog, rate) => () => {
        using _ = metlog.timer('view.home', { rate });
      },
    ],
    ['a block in a callback', (metlog, rate) => () => metlog.time('view.home', () => 'home', { rate })],
    [
      'a decorator (TC39)',
      (metlog, rate) => {
        const views = compileViews((name) => metlog.timer(name, { rate }), false);
        return () => expect(views.home('welcome')).toBe('welcome, home');
      },
    ],
    [
      'a decorator (legacy)',
      (metlog, rate) => {
        const views = compileViews((name) => metlog.timer(name, { rate }), true);
        return () => expect(views.home('welcome')).toBe('welcome, home');
      },
    ],
  ];

  describe.each(ways)('as %s', (_, start) => {
    it('sends its duration in milliseconds upon completion, its name added to the metadata', async () => {
      const metlog = connect();
      const call = start(metlog, 1);
      expect(metlog.stats.accepted).toBe(0);
      call();
      expect(metlog.stats.accepted).toBe(1);
      const message = await theOneMessage(metlog);
      expect(message).toMatchObject({ type: 'timer', severity: 6, metadata: { name: 'view.home', rate: 1 } });
      expect(Number(message.payload)).toBeGreaterThanOrEqual(0);
      expect(Number(message.payload)).toBeLessThan(1_000);
    });

    it('sends every call at a rate of 1', async () => {
      const metlog = connect();
      const call = start(metlog, 1);
      for (let index = 0; index < 100; index += 1) call();
      expect(await arrived(metlog)).toHaveLength(100);
    });

    it('sends none at a rate of 0', async () => {
      const metlog = connect();
      const call = start(metlog, 0);
      for (let index = 0; index < 100; index += 1) call();
      expect(metlog.stats.accepted).toBe(0);
      expect(await arrived(metlog)).toEqual([]);
    });

    it('sends 30 % at a rate of 0.3, decided at each call, and says so', async () => {
      const metlog = connect();
      const call = start(metlog, 0.3);
      for (let index = 0; index < SAMPLED_CALLS; index += 1) call();
      const messages = await arrived(metlog);
      expect(Math.abs(messages.length / SAMPLED_CALLS - 0.3)).toBeLessThan(TOLERANCE);
      expect(messages.every(({ metadata }) => metadata['rate'] === 0.3)).toBe(true);
    });
  });

  it('sends once an asynchronous function has completed, not when it is called', async () => {
    const metlog = connect();
    let complete = (): void => undefined;
    const login = metlog.timer('auth').wrap(() => new Promise<void>((resolve) => (complete = resolve)));
    const pending = login();
    expect(metlog.stats.accepted).toBe(0);
    complete();
    await pending;
    expect((await theOneMessage(metlog)).metadata['name']).toBe('auth');
  });
});

describe('a counter', () => {
  it('increments by 1, its name added to the metadata', async () => {
    const metlog = connect();
    metlog.incr('login.ok');
    expect(await theOneMessage(metlog)).toMatchObject({
      type: 'counter',
      payload: '1',
      metadata: { name: 'login.ok', rate: 1 },
    });
  });

  it('increments by any count', async () => {
    const metlog = connect();
    metlog.incr('bytes', { count: 4_096 });
    metlog.incr('balance', { count: -2.5 });
    expect((await arrived(metlog)).map(({ payload }) => payload)).toEqual(['4096', '-2.5']);
  });
});

describe('each call', () => {
  const calls: [name: string, call: (metlog: Metlog, options: object) => void][] = [
    ['send', (metlog, options) => metlog.send('order.placed', options)],
    ['incr', (metlog, options) => metlog.incr('a', options)],
    ['gauge', (metlog, options) => metlog.gauge('a', 1, options)],
    ['timer', (metlog, options) => void metlog.timer('a', options).stop()],
    ['time', (metlog, options) => void metlog.time('a', () => 1, options)],
    ['timing', (metlog, options) => metlog.timing('a', 1, options)],
    ['info', (metlog, options) => metlog.info('hello', options)],
  ];

  it.each(calls)('has severity 6, the logger and the time by default: %s', async (_, call) => {
    const metlog = connect();
    const beforeMs = Date.now();
    call(metlog, {});
    const { severity, logger, timestamp } = await theOneMessage(metlog);
    expect({ severity, logger }).toEqual({ severity: 6, logger: 'shop' });
    expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(beforeMs - 2); // a timing starts before it is told
    expect(Date.parse(timestamp)).toBeLessThanOrEqual(Date.now());
  });

  it.each(calls)('takes timestamp, logger, severity, metadata and flavors: %s', async (_, call) => {
    const metlog = connect();
    metlog.addFlavor('web', { tier: 2, page: 'any' });
    const timestamp = new Date(Date.now() - 86_400_000).toISOString();
    call(metlog, { timestamp, logger: 'other', severity: 2, metadata: { page: 'home' }, flavors: ['web'] });
    expect(await theOneMessage(metlog)).toMatchObject({
      timestamp,
      logger: 'other',
      severity: 2,
      metadata: { page: 'home', tier: 2 },
    });
  });
});

describe('a message', () => {
  it('may be of any type, with any payload and metadata', async () => {
    const metlog = connect();
    const metadata = {
      text: 'naïve 😀\n',
      list: [1, [2, { three: null }]],
      flag: true,
      'odd key\u0000': 'x',
      deep: { er: {} },
    };
    metlog.send('any type: "é" 😀', { payload: 'line one\nline two', metadata });
    expect(await theOneMessage(metlog)).toMatchObject({
      type: 'any type: "é" 😀',
      payload: 'line one\nline two',
      metadata,
    });
  });
});
