import { describe, expect, it } from 'vitest';
import { relayHarness } from './support.ts';

const from = (origin: string): RequestInit => ({ headers: { origin } });
const SIGNED = `{"metlog":1,"logger":"x","key":"backend"}\n{"type":"x"}\n#${'A'.repeat(43)}\n`;

describe('a relay with keys', () => {
  const keys = {
    shop: { origins: ['https://shop.example'], ratePerSecond: 1, burst: 2 },
    open: {},
    backend: { secret: 'what nobody may name' },
  };

  it('lets in what names one, and hands on which', async () => {
    const { status, keys: handedOn, refused } = relayHarness({ keys });
    expect(await status('?key=open')).toBe(202);
    expect(await status('?key=shop', from('https://shop.example'))).toBe(202);
    expect(handedOn).toEqual(['open', 'shop']);
    expect(refused()).toEqual({});
  });

  it.each(['', '?key=', '?key=nobody', '?key=backend', '?key=__proto__', '?key=toString', '?key=shop%00'])(
    'refuses what names none: %s',
    async (query) => {
      const { post, bodies, refused } = relayHarness({ keys });
      const response = await post(query);
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: 'bad-key' });
      expect(bodies).toEqual([]);
      expect(refused()).toEqual({ 'bad-key': 1 });
    },
  );

  it('goes by the origins of the key, and without any by those of the relay', async () => {
    const { status, refused } = relayHarness({ keys, origins: ['https://other.example'] });
    expect(await status('?key=shop', from('https://shop.example'))).toBe(202);
    expect(await status('?key=shop', from('https://other.example'))).toBe(403);
    expect(await status('?key=open', from('https://other.example'))).toBe(202);
    expect(await status('?key=open', from('https://shop.example'))).toBe(403);
    expect(refused()).toEqual({ 'bad-origin': 2 });
  });

  it('lets what is signed go on without one: whoever takes it verifies that', async () => {
    const { status, bodies, keys: handedOn } = relayHarness({ keys });
    expect(await status('', { body: SIGNED })).toBe(202);
    expect([bodies, handedOn]).toEqual([[SIGNED], [undefined]]);
  });

  it('counts the bodies of each key by themselves', async () => {
    const { status } = relayHarness({ keys });
    const shop = (): Promise<number> => status('?key=shop', {}, { address: '192.0.2.1' });
    expect([await shop(), await shop(), await shop()]).toEqual([202, 202, 429]);
    expect(await status('?key=open', {}, { address: '192.0.2.1' })).toBe(202);
  });
});

describe('a relay without keys', () => {
  it.each([{}, { keys: { backend: { secret: 'what nobody may name' } } }])('asks for none: %j', async (rules) => {
    const { status, keys } = relayHarness(rules);
    expect([await status(), await status('?key=anything')]).toEqual([202, 202]);
    expect(keys).toEqual([undefined, undefined]);
  });
});

it('goes by other rules once they are given, unless they are wrong', async () => {
  const { relay, status } = relayHarness({ keys: { old: {} } });
  relay.reload({ keys: { new: {} } });
  expect([await status('?key=old'), await status('?key=new')]).toEqual([403, 202]);
  expect(() => relay.reload({ origins: ['nonsense'] })).toThrow('got nonsense');
  expect(await status('?key=new')).toBe(202);
  expect(relay.stats().requests).toBe(3);
});
