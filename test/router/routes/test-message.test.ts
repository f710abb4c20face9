import { describe, expect, it } from 'vitest';
import { testMessage } from '../../../src/router/routes/test-message.ts';
import { NOON_MS } from '../support/lines.ts';
import { received } from '../support/received.ts';

describe('testMessage', () => {
  it('fills in what the router would, from a type alone', () => {
    expect(testMessage({ type: 'order.placed' }, NOON_MS)).toEqual({
      ok: true,
      message: received({ type: 'order.placed', logger: 'test', payload: '', metadata: {} }),
    });
  });

  it('takes a line as the sinks write it, with all that the router has stamped', () => {
    const stamped = received({
      offset: 7,
      via: 'http',
      key: 'k1',
      hostname: 'web-1',
      pid: 4242,
      sender: 's',
      seq: 9,
      received: '2026-11-22T12:00:01.000Z',
    });
    expect(testMessage({ ...stamped }, NOON_MS)).toEqual({ ok: true, message: stamped });
  });

  it('moves what no message has to the metadata, and leaves what it was given as it is', () => {
    const fields = { type: 'x', total: 5, metadata: { tier: 1 } };
    const made = testMessage(fields, NOON_MS);
    expect(made).toMatchObject({ ok: true, message: { metadata: { tier: 1, total: 5 } } });
    expect(fields).toEqual({ type: 'x', total: 5, metadata: { tier: 1 } });
  });

  const cyclic: Record<string, unknown> = { type: 'x' };
  cyclic['self'] = cyclic;

  it.each<[Record<string, unknown>, RegExp]>([
    [{}, /^bad-type$/],
    [{ type: 'x', severity: 'high' }, /^bad-severity$/],
    [{ type: 'x', timestamp: 'yesterday' }, /^bad-timestamp$/],
    [{ type: 'x', metadata: [] }, /^bad-metadata$/],
    [{ type: 'x', via: 'tcp' }, /via/],
    [{ type: 'x', key: 5 }, /key/],
    [cyclic, /^[^\n]*circular[^\n]*$/],
    [{ type: 'x', metadata: { big: 1n } }, /BigInt/],
  ])('says why it is none: message %#', (fields, reason) => {
    const made = testMessage(fields, NOON_MS);
    expect(made).toEqual({ ok: false, reason: expect.stringMatching(reason) as unknown });
  });
});
