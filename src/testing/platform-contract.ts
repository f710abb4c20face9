import assert from 'node:assert/strict';
import type { Platform } from '../core/platform.ts';
import type { ContractCase } from './contract.ts';

/** A platform to be held to its contract. */
export interface PlatformSubject {
  readonly platform: Platform;
  /** Has `ms` milliseconds pass on its clock, by moving or by waiting. */
  pass(ms: number): Promise<void>;
}

const UTF8_BYTES: readonly (readonly [text: string, bytes: number])[] = [
  ['', 0],
  ['metlog', 6],
  ['é', 2],
  ['€', 3],
  ['😀', 4],
  ['a\u0000b', 3],
];

/** RFC 4231, test case 2; and what is no ASCII, as OpenSSL signs it. */
const SIGNATURES: readonly (readonly [secret: string, text: string, signature: string])[] = [
  ['Jefe', 'what do ya want for nothing?', 'W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM'],
  ['geheim-é', 'naïve 😀', '4upY8od9g22rpnkdO-AiHPblPXci4FIEAmxH4ggXFUw'],
];

/** What every `Platform` promises. */
export function platformContract(make: () => Promise<PlatformSubject> | PlatformSubject): readonly ContractCase[] {
  return [
    {
      name: 'has a clock of whole or broken epoch milliseconds that moves with time',
      async run() {
        const { platform, pass } = await make();
        const beforeMs = platform.now();
        await pass(20);
        assert.ok(platform.now() >= beforeMs + 15, 'the clock stood still');
      },
    },
    {
      name: 'measures durations with a clock that never goes back',
      async run() {
        const { platform, pass } = await make();
        const readings = [platform.monotonic(), platform.monotonic()];
        await pass(20);
        readings.push(platform.monotonic());
        assert.deepEqual(
          readings,
          [...readings].sort((a, b) => a - b),
        );
        assert.ok((readings.at(-1) ?? 0) - (readings[0] ?? 0) >= 15, 'a duration was not seen');
      },
    },
    {
      name: 'runs a task once, not before its delay',
      async run() {
        const { platform, pass } = await make();
        let runs = 0;
        platform.after(30, () => (runs += 1));
        assert.equal(runs, 0, 'it ran at once');
        await pass(5);
        assert.equal(runs, 0, 'it ran too early');
        await pass(60);
        assert.equal(runs, 1);
        await pass(60);
        assert.equal(runs, 1, 'it ran again');
      },
    },
    {
      name: 'runs tasks in the order of their time',
      async run() {
        const { platform, pass } = await make();
        const order: string[] = [];
        platform.after(40, () => order.push('later'));
        platform.after(5, () => order.push('sooner'));
        await pass(100);
        assert.deepEqual(order, ['sooner', 'later']);
      },
    },
    {
      name: 'does not run what was cancelled, and cancels twice without harm',
      async run() {
        const { platform, pass } = await make();
        let runs = 0;
        const cancel = platform.after(10, () => (runs += 1));
        cancel();
        cancel();
        await pass(40);
        assert.equal(runs, 0);
      },
    },
    {
      name: 'draws numbers from 0 up to 1',
      async run() {
        const { platform } = await make();
        const drawn = Array.from({ length: 1_000 }, () => platform.random());
        assert.ok(drawn.every((number) => number >= 0 && number < 1));
        assert.ok(new Set(drawn).size > 1, 'they are all the same');
      },
    },
    {
      name: 'names senders with 16 characters that a header may hold, never the same twice',
      async run() {
        const { platform } = await make();
        const ids = Array.from({ length: 1_000 }, () => platform.randomId());
        for (const id of ids) assert.match(id, /^[A-Za-z0-9_-]{16}$/);
        assert.equal(new Set(ids).size, ids.length);
      },
    },
    {
      name: 'counts bytes as UTF-8',
      async run() {
        const { platform } = await make();
        for (const [text, bytes] of UTF8_BYTES) assert.equal(platform.byteLength(text), bytes, JSON.stringify(text));
      },
    },
    {
      name: 'signs with HMAC-SHA-256 of UTF-8 in base64url, if it signs',
      async run() {
        const { platform } = await make();
        if (platform.hmac === undefined) return;
        for (const [secret, text, signature] of SIGNATURES) assert.equal(platform.hmac(secret, text), signature);
      },
    },
    {
      name: 'lets go of what it held, twice without harm',
      async run() {
        const { platform } = await make();
        const release = platform.hold();
        release();
        release();
      },
    },
    {
      name: 'says who it is with a name and a number that a header may hold',
      async run() {
        const { hostname, pid } = (await make()).platform.host;
        assert.ok(hostname === undefined || (hostname.length > 0 && hostname.length <= 256));
        assert.ok(pid === undefined || (Number.isSafeInteger(pid) && pid >= 0));
      },
    },
  ];
}
