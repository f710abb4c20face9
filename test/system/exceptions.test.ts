import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startForgetfulProxy } from './servers/forgetful-proxy.ts';
import { startSpotlight, type Envelope } from './servers/spotlight.ts';
import { wantParts } from './support/parts.ts';
import { startRouter, type ConfiguredRouter } from './support/router.ts';
import { connectSdk } from './support/sdk.ts';

// SDK → router → a receiver of Sentry's own people: what it shows is what was thrown.

wantParts('spotlight');

const run = promisify(execFile);
const SERVICE = resolve('test/system/services/shop.mjs');

interface Frame {
  readonly function?: string;
  readonly filename?: string;
  readonly lineno?: number;
  readonly colno?: number;
  readonly in_app?: boolean;
  readonly context_line?: string;
  readonly vars?: Readonly<Record<string, unknown>>;
}

interface SentryEvent {
  readonly event_id: string;
  readonly timestamp: string | number;
  readonly level: string;
  readonly platform: string;
  readonly logger: string;
  readonly server_name: string;
  readonly release: string;
  readonly environment: string;
  readonly tags: Readonly<Record<string, unknown>>;
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly breadcrumbs?: readonly Readonly<Record<string, unknown>>[];
  readonly exception: {
    readonly values: readonly {
      readonly type: string;
      readonly value: string;
      readonly stacktrace?: { readonly frames: readonly Frame[] };
      readonly mechanism?: Readonly<Record<string, unknown>>;
    }[];
  };
}

const eventsOf = (envelopes: readonly Envelope[]): readonly SentryEvent[] =>
  envelopes
    .flatMap(([, items]) => items)
    .filter(([header]) => header.type === 'event')
    .map(([, payload]) => payload as unknown as SentryEvent);

const startWith = (dsn: string): Promise<ConfiguredRouter> =>
  startRouter({
    sinks: { sentry: { kind: 'sentry', dsn } },
    routes: [{ match: { type: 'exception', severity: { max: 3 } }, to: ['sentry'] }],
  });

describe('an exception that a service throws', () => {
  it('reaches Spotlight with its causes, its frames and what is known of the service', async () => {
    const spotlight = await startSpotlight();
    const router = await startWith(spotlight.dsn);
    await run(process.execPath, [SERVICE, router.udp]);
    await expect.poll(() => eventsOf(spotlight.envelopes)).toHaveLength(1);
    const [event] = eventsOf(spotlight.envelopes);
    expect(event).toMatchObject({
      platform: 'node',
      level: 'error',
      logger: 'shop.payments',
      server_name: hostname(),
      release: 'shop@1.4.2',
      environment: 'staging',
      tags: { region: 'eu' },
    });
    // Sentry wants the cause first and what was thrown last.
    expect(event?.exception.values.map(({ type, value }) => [type, value])).toEqual([
      ['RangeError', 'no route to the bank of DE02'],
      ['TypeError', 'order 4711 cannot be paid'],
    ]);
    const [cause, thrown] = event!.exception.values;
    const functions = (frames: readonly Frame[] = []): readonly unknown[] =>
      frames.filter(({ filename }) => filename?.endsWith('shop.mjs')).map((frame) => frame.function);
    // The innermost frame stands last.
    expect(functions(cause?.stacktrace?.frames).slice(-2)).toEqual(['payOrder', 'connectToBank']);
    expect(functions(thrown?.stacktrace?.frames).at(-1)).toBe('payOrder');
    expect(thrown?.stacktrace?.frames.at(-1)).toMatchObject({
      in_app: true,
      lineno: expect.any(Number) as number,
      colno: expect.any(Number) as number,
    });
    expect(thrown?.stacktrace?.frames.some((frame) => frame.in_app === false)).toBe(true);
    expect(thrown?.mechanism).toMatchObject({ handled: true });
  });

  it('reaches Spotlight with the source around its frames, the local variables, and what was said before', async () => {
    const spotlight = await startSpotlight();
    const router = await startWith(spotlight.dsn);
    await run(process.execPath, [SERVICE, router.udp]);
    await expect.poll(() => eventsOf(spotlight.envelopes)).toHaveLength(1);
    const [event] = eventsOf(spotlight.envelopes);
    const [cause, thrown] = event!.exception.values.map(({ stacktrace }) => stacktrace!.frames.at(-1)!);
    const source = (await readFile(SERVICE, 'utf8')).split('\n');
    for (const frame of [cause!, thrown!]) {
      const at = frame.lineno! - 1;
      expect(frame).toMatchObject({
        context_line: source[at],
        pre_context: source.slice(at - 5, at),
        post_context: source.slice(at + 1, at + 6),
      });
    }
    expect(cause!.vars).toMatchObject({ account: 'DE02', token: '[redacted]' });
    expect(thrown!.vars).toMatchObject({
      order: { id: 4711, account: 'DE02' },
      cause: '[RangeError: no route to the bank of DE02]',
    });
    expect(event!.breadcrumbs).toMatchObject([{ category: 'counter', message: 'bank.connect', level: 'info' }]);
    expect(JSON.stringify(event)).not.toContain('s3cret');
  });

  it('reaches Spotlight with the local variables and the lines around that its frames carry', async () => {
    const spotlight = await startSpotlight();
    const router = await startWith(spotlight.dsn);
    const metlog = connectSdk({ dest: router.udp });
    const frame = {
      function: 'payOrder',
      filename: '/srv/shop/pay.js',
      lineno: 12,
      colno: 9,
      in_app: true,
      pre_context: ['function payOrder(order) {'],
      context_line: '  throw new TypeError(`cannot be paid`)',
      post_context: ['}'],
      vars: { order: { id: 4711, lines: ['a', 'b'] }, account: 'DE02', attempts: 3, last: null },
    };
    const exception = { type: 'TypeError', value: 'cannot be paid', frames: [frame], fingerprint: 'f00d' };
    metlog.send('exception', { severity: 2, payload: 'TypeError: cannot be paid', metadata: { exception } });
    await metlog.flush();
    await expect.poll(() => eventsOf(spotlight.envelopes)).toHaveLength(1);
    const [event] = eventsOf(spotlight.envelopes);
    expect(event?.level).toBe('fatal');
    expect(event?.exception.values[0]?.stacktrace?.frames).toEqual([frame]);
  });

  it('keeps its event id when it is delivered once more, and has one of its own', async () => {
    const spotlight = await startSpotlight();
    const proxy = await startForgetfulProxy(new URL(spotlight.dsn).origin, 2);
    const router = await startWith(proxy.through(spotlight.dsn));
    const metlog = connectSdk({ dest: router.udp });
    metlog.exception(new Error('first'));
    await metlog.flush();
    await expect.poll(() => eventsOf(spotlight.envelopes).length).toBeGreaterThanOrEqual(3);
    metlog.exception(new Error('second'));
    await metlog.flush();
    const idsOf = (value: string): readonly string[] =>
      eventsOf(spotlight.envelopes)
        .filter(({ exception }) => exception.values.at(-1)?.value === value)
        .map(({ event_id }) => event_id);
    await expect.poll(() => idsOf('second')).toHaveLength(1);
    expect(idsOf('first').length).toBeGreaterThanOrEqual(3);
    expect(new Set(idsOf('first')).size).toBe(1);
    expect(idsOf('first')[0]).toMatch(/^[\da-f]{32}$/);
    expect(idsOf('second')[0]).not.toBe(idsOf('first')[0]);
  });

  it('goes nowhere when its severity is below what the route takes', async () => {
    const spotlight = await startSpotlight();
    const router = await startWith(spotlight.dsn);
    const metlog = connectSdk({ dest: router.udp });
    metlog.exception(new Error('a warning'), { severity: 4 });
    metlog.exception(new Error('an error'));
    await metlog.flush();
    await expect.poll(() => eventsOf(spotlight.envelopes)).toHaveLength(1);
    expect(eventsOf(spotlight.envelopes)[0]?.exception.values[0]?.value).toBe('an error');
  });
});
