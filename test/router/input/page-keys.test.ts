import { describe, expect, it } from 'vitest';
import type { KeyRules } from '../../../src/router/input/keys.ts';
import { createTestIntake } from '../support/intake.ts';
import { datagram, headerLine, messageLine, NOON_MS } from '../support/lines.ts';
import { signed } from '../support/send.ts';

const SECRET = 'the secret of the shop';
const RULES: KeyRules = {
  keys: {
    page: { loggers: ['shop', 'shop.*'], types: ['counter', 'metlog.*'] },
    other: {},
    backend: { secret: SECRET },
  },
  allowUnsigned: false,
};

const body = (...lines: string[]): Buffer =>
  Buffer.from([headerLine({ sender: 'a', seq: 0 }), ...lines, ''].join('\n'));
const report = messageLine('', { type: 'metlog.report', metadata: { dropped: {}, ageMs: 5, final: false } });

describe('a body that a page was let in with a key for', () => {
  it('has the key in the journal', async () => {
    const { intake, journal } = createTestIntake(RULES);
    expect(await intake.accept(body(messageLine()), 'http', 'page')).toMatchObject({ accepted: 1 });
    expect(JSON.parse(journal().split('\n')[0]!)).toMatchObject({ via: 'http', key: 'page', sender: 'a', seq: 0 });
  });

  it("loses the lines of loggers and types that are not the key's, and of the types that are Metlog's own", async () => {
    const { intake, stats, journal } = createTestIntake(RULES);
    const lines = [
      messageLine('fine'),
      messageLine('fine', { logger: 'shop.cart' }),
      messageLine('foreign', { logger: 'bank' }),
      messageLine('foreign', { type: 'exception' }),
      messageLine('foreign', { type: 'metlog.config' }),
      messageLine('foreign', { type: 'metlog.reports' }),
      '{"type":"metlog.\\u0072eset","severity":6}',
      report,
    ];
    const answer = await intake.accept(body(...lines), 'http', 'page');
    expect(answer).toMatchObject({ accepted: 3, refused: [4, 5, 6, 7, 8].map((line) => ({ line })) });
    expect(stats.refused).toEqual({ 'not-allowed': 5 });
    expect(journal()).not.toContain('foreign');
  });

  it('is refused where the key is not known, or is one that senders sign with', async () => {
    const { intake, stats, journal } = createTestIntake(RULES);
    for (const key of ['nobody', 'backend', '__proto__', 'toString']) {
      expect(await intake.accept(body(messageLine()), 'http', key)).toEqual({ rejected: 'unknown-key' });
    }
    expect(stats.refused).toEqual({ 'unknown-key': 4 });
    expect(journal()).toBe('');
  });

  it('cannot speak in the numbers of a sender with another key', async () => {
    const { intake } = createTestIntake(RULES);
    expect(await intake.accept(Buffer.from(datagram('a', 0, 3)), 'http', 'page')).toMatchObject({ accepted: 3 });
    expect(await intake.accept(Buffer.from(datagram('a', 0, 3)), 'http', 'other')).toMatchObject({ accepted: 3 });
    expect(await intake.accept(Buffer.from(datagram('a', 0, 3)), 'http', 'page')).toMatchObject({ duplicates: 3 });
  });

  it('is held against its signature instead, if it has one', async () => {
    const { intake, journal } = createTestIntake(RULES);
    const header = headerLine({ key: 'backend', sender: 'a', seq: 0, sent: new Date(NOON_MS).toISOString() });
    const text = signed([header, messageLine('x', { type: 'metlog.config' }), ''].join('\n'), SECRET);
    expect(await intake.accept(Buffer.from(text), 'http', 'page')).toMatchObject({ accepted: 1 });
    expect(JSON.parse(journal().split('\n')[0]!)).toMatchObject({ key: 'backend' });
  });
});

describe('a body without a key', () => {
  it("may have none of the types that are Metlog's own, but for a report", async () => {
    const { intake, stats } = createTestIntake();
    const lines = [messageLine(), messageLine('x', { type: 'metlog.config' }), report];
    expect(await intake.accept(body(...lines), 'http')).toEqual({
      accepted: 2,
      duplicates: 0,
      refused: [{ line: 3, error: 'not-allowed' }],
    });
    expect(stats.refused).toEqual({ 'not-allowed': 1 });
  });
});

it('keys for pages alone leave datagrams as they are: unsigned ones are taken, signed ones of such a key are not', () => {
  const { take, stats } = createTestIntake({ keys: { page: {} }, allowUnsigned: false });
  take(datagram('a', 0, 1));
  const header = headerLine({ key: 'page', sender: 'b', seq: 0, sent: new Date(NOON_MS).toISOString() });
  take(signed([header, messageLine(), ''].join('\n'), SECRET));
  expect(stats).toMatchObject({ accepted: 1, refused: { 'unknown-key': 1 } });
});
