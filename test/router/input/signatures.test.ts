import { describe, expect, it } from 'vitest';
import type { KeyRules } from '../../../src/router/input/keys.ts';
import { createTestIntake } from '../support/intake.ts';
import { datagram, headerLine, messageLine, NOON_MS } from '../support/lines.ts';
import { signed } from '../support/send.ts';

const SECRET = 'the secret of the shop';
const SENT = new Date(NOON_MS).toISOString();
const RULES: KeyRules = {
  keys: {
    shop: { secret: SECRET },
    narrow: { secret: 'another secret, it is', loggers: ['shop', 'shop.*'], types: ['counter', 'order.*'] },
    none: { secret: 'the third of secrets', types: [] },
  },
  allowUnsigned: false,
};

interface Given {
  readonly key?: string | null;
  readonly sent?: string | null;
  readonly seq?: number;
  readonly lines?: readonly string[];
}

function text({ key = 'shop', sent = SENT, seq = 0, lines = [messageLine()] }: Given = {}): string {
  const header = headerLine({ ...(key !== null && { key }), sender: 'a', seq, ...(sent !== null && { sent }) });
  return [header, ...lines, ''].join('\n');
}

const body = (given: string): Buffer => Buffer.from(given);
const headers = (journal: string): readonly Record<string, unknown>[] =>
  journal
    .split('\n')
    .filter((line) => line.startsWith('{"metlog"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a signed datagram', () => {
  it('is taken, without its signature, and its key stands in the journal', () => {
    const { take, stats, journal } = createTestIntake(RULES);
    take(signed(text(), SECRET));
    take(signed(text({ seq: 1 }), SECRET).slice(0, -1)); // the last newline may be missing
    expect(stats).toMatchObject({ read: 2, lines: 2, accepted: 2, refused: {} });
    expect(headers(journal()).map(({ key, seq }) => [key, seq])).toEqual([
      ['shop', 0],
      ['shop', 1],
    ]);
    expect(journal()).not.toContain('#');
    expect(
      journal()
        .split('\n')
        .filter((line) => line === messageLine()),
    ).toHaveLength(2);
  });

  it('counts as a duplicate when it is replayed', () => {
    const { take, stats, platform } = createTestIntake(RULES);
    const bytes = signed(text(), SECRET);
    take(bytes);
    platform.advance(4 * 60_000);
    take(bytes);
    expect(stats).toMatchObject({ accepted: 1, duplicates: 1, refused: {} });
  });

  it('keeps its numbers from whoever names its sender without its key', async () => {
    const { take, intake, stats } = createTestIntake({ ...RULES, allowUnsigned: true });
    expect(await intake.accept(body(text({ key: null, seq: 0 })), 'http')).toMatchObject({ accepted: 1 });
    expect(await intake.accept(body(text({ seq: 1 })), 'http')).toMatchObject({ accepted: 1 }); // it only says so
    take(signed(text({ seq: 0 }), SECRET));
    take(signed(text({ seq: 1 }), SECRET));
    take(signed(text({ key: 'narrow', seq: 1 }), 'another secret, it is'));
    expect(stats).toMatchObject({ accepted: 5, duplicates: 0 });
  });

  const late = new Date(NOON_MS - 6 * 60_000).toISOString();
  const early = new Date(NOON_MS + 6 * 60_000).toISOString();
  const good = signed(text(), SECRET);
  it.each<[string, string, string]>([
    ['nobody signed', datagram('a', 0, 1), 'unsigned'],
    ['only names a key', text(), 'unsigned'],
    ['lost a part of its signature', good.slice(0, -8), 'unsigned'],
    ['an unknown key signed', signed(text({ key: 'stranger' }), SECRET), 'unknown-key'],
    ['names no key', signed(text({ key: null }), SECRET), 'unknown-key'],
    ['names what every object has', signed(text({ key: 'constructor' }), SECRET), 'unknown-key'],
    ['was signed with another secret', signed(text(), `${SECRET}!`), 'bad-signature'],
    ['names another key than signed it', signed(text({ key: 'narrow' }), SECRET), 'bad-signature'],
    ['was changed', good.replace('"payload":"1"', '"payload":"2"'), 'bad-signature'],
    ['was given a later time', good.replace('12:00:00.000Z"}', '12:00:01.000Z"}'), 'bad-signature'],
    ['has a signature of other bytes', good.replace(/#.*/, `#${'A'.repeat(43)}`), 'bad-signature'],
    ['differs in bits that the signature does not use', good.replace(/.\n$/, '_\n'), 'bad-signature'],
    ['is six minutes late', signed(text({ sent: late }), SECRET), 'stale'],
    ['is six minutes early', signed(text({ sent: early }), SECRET), 'stale'],
    ['does not say when it was sent', signed(text({ sent: null }), SECRET), 'stale'],
    ['holds a deployed client’s message', JSON.stringify({ env_version: '0.8', type: 'x', fields: {} }), 'unsigned'],
  ])('is refused if it %s', (_, bytes, reason) => {
    const { take, stats, journal } = createTestIntake(RULES);
    take(bytes);
    expect(stats).toMatchObject({ rejected: 1, read: 0, lines: 0, accepted: 0, refused: { [reason]: 1 } });
    expect(journal()).toBe('');
  });

  it('may lose what its key may not sign, line by line', () => {
    const { take, stats, journal } = createTestIntake(RULES);
    const lines = [
      messageLine('yes'),
      messageLine('no', { type: 'timer' }),
      messageLine('yes too', { type: 'order.placed', logger: 'shop.cart' }),
      messageLine('no', { logger: 'bank' }),
      messageLine('no', { type: 'or"der.placed' }),
      messageLine('yes again', { type: 'order."quoted"' }),
      '{"type":"order.x","extra":1}',
      'nonsense',
    ];
    take(signed(text({ key: 'narrow', lines }), 'another secret, it is'));
    expect(stats).toMatchObject({ lines: 8, accepted: 4, refused: { 'not-allowed': 3, 'not-json': 1 } });
    const names = [...journal().matchAll(/"name":"([^"]+)"/g)].map((match) => match[1]);
    expect(names).toEqual(['yes', 'yes too', 'yes again']);
    expect(headers(journal()).map(({ seq, key }) => [seq, key])).toEqual([
      [0, 'narrow'],
      [2, 'narrow'],
      [5, 'narrow'],
    ]);
  });

  it('may bring nothing but the sender’s report under a key whose list of types is empty', () => {
    const { take, stats } = createTestIntake(RULES);
    const lines = [messageLine(), messageLine('', { type: 'metlog.report' })];
    take(signed(text({ key: 'none', lines }), 'the third of secrets'));
    expect(stats).toMatchObject({ read: 1, lines: 2, accepted: 1, refused: { 'not-allowed': 1 } });
  });
});

describe('an unsigned datagram', () => {
  it('is taken where it is allowed, without the key that it names', () => {
    const { take, stats, journal } = createTestIntake({ ...RULES, allowUnsigned: true });
    take(text());
    expect(stats).toMatchObject({ accepted: 1, refused: {} });
    expect(headers(journal())).toEqual([expect.not.objectContaining({ key: expect.anything() as unknown })]);
  });

  it('does not help a signature that is wrong', () => {
    const { take, stats } = createTestIntake({ ...RULES, allowUnsigned: true });
    take(signed(text(), 'no secret of anybody'));
    expect(stats).toMatchObject({ accepted: 0, refused: { 'bad-signature': 1 } });
  });

  it('is what a router without keys takes, and it takes nothing else', () => {
    const { take, stats } = createTestIntake();
    take(text());
    take(signed(text({ seq: 1 }), SECRET));
    expect(stats).toMatchObject({ accepted: 1, refused: { 'unknown-key': 1 } });
  });
});

describe('a body', () => {
  it('may come unsigned over HTTP, and is held to a signature that it has', async () => {
    const { intake, journal } = createTestIntake(RULES);
    expect(await intake.accept(body(text()), 'http')).toMatchObject({ accepted: 1 });
    expect(await intake.accept(body(signed(text({ seq: 1 }), SECRET)), 'http')).toMatchObject({ accepted: 1 });
    expect(await intake.accept(body(signed(text({ seq: 2 }), 'wrong, all of it!')), 'http')).toEqual({
      rejected: 'bad-signature',
    });
    expect(headers(journal()).map(({ key, via }) => [key, via])).toEqual([
      [undefined, 'http'],
      ['shop', 'http'],
    ]);
  });
});

describe('keys', () => {
  it('can be replaced while datagrams come', () => {
    const { take, stats, intake } = createTestIntake(RULES);
    intake.setKeys({ keys: { shop: { secret: 'a new one for the shop' } }, allowUnsigned: false });
    take(signed(text(), SECRET));
    take(signed(text(), 'a new one for the shop'));
    intake.setKeys({ keys: {}, allowUnsigned: false });
    take(text({ seq: 1 }));
    expect(stats).toMatchObject({ accepted: 2, refused: { 'bad-signature': 1 } });
  });
});
