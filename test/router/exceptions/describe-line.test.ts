import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../src/core/fingerprint.ts';
import { encodeLine } from '../../../src/core/encode.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { parseStack } from '../../../src/core/stack.ts';
import { describeLine } from '../../../src/router/exceptions/describe-line.ts';
import { mayBeUndescribed } from '../../../src/router/exceptions/undescribed.ts';
import { pageException, pageLine } from './support/page-line.ts';

const described = (line: string): JsonObject => {
  const text = describeLine(line, 'shop', undefined);
  if (typeof text !== 'string') throw new Error('nothing is there to wait for');
  return (JSON.parse(text) as { metadata: { exception: JsonObject } }).metadata.exception;
};

const CALLS = 'add@https://shop.example/app.js:1:9\n@https://shop.example/app.js:2:3';

describe('describeLine', () => {
  it('gives frames and a fingerprint to an exception that says its stack as text, and leaves the rest', () => {
    const error = Object.assign(new TypeError('no cart'), { stack: CALLS });
    const line = pageLine(error, { release: '1.0' });
    expect(mayBeUndescribed(line)).toBe(true);
    const frames = parseStack(CALLS);
    expect(JSON.parse(describeLine(line, 'shop', undefined) as string)).toEqual({
      ...(JSON.parse(line) as object),
      metadata: {
        release: '1.0',
        exception: {
          type: 'TypeError',
          value: 'no cart',
          frames,
          fingerprint: fingerprintOf('TypeError', 'no cart', frames),
          mechanism: 'onerror',
          handled: false,
        },
      },
    });
  });

  it('finds the calls of each link of a chain, whatever the texts say', () => {
    const root = Object.assign(new RangeError('\nCaused by: me'), { stack: 'deep@https://a.example/x.js:7:7' });
    const error = Object.assign(new TypeError('one\n    at fake (https://evil.example/x.js:1:1)', { cause: root }), {
      stack: `TypeError: one\n    at fake (https://evil.example/x.js:1:1)\n    at order (https://a.example/x.js:3:3)`,
    });
    const exception = described(pageLine(error));
    expect(exception).toMatchObject({
      frames: [{ function: 'order', lineno: 3 }],
      cause: { type: 'RangeError', frames: [{ function: 'deep', lineno: 7 }] },
    });
    expect(exception['frames']).toHaveLength(1);
  });

  it("keeps the application's own fingerprint", () => {
    const line = pageLine(new Error('x'), {}, { fingerprint: 'mine' });
    expect(described(line)['fingerprint']).toBe('mine');
  });

  it('leaves what was described already, and what says no exception', () => {
    const frames = pageLine(new Error('x'), {}, { frames: [], fingerprint: 'f' });
    expect(mayBeUndescribed(frames)).toBe(false);
    expect(describeLine(frames, 'shop', undefined)).toBe(frames);
    const lines = [{}, { exception: 'text' }, { exception: [] }, { exception: null }].map((metadata) =>
      encodeLine({ type: 'exception', timestamp: '2026-11-22T10:44:00.123Z', severity: 3, payload: CALLS, metadata }),
    );
    for (const line of lines) expect(describeLine(line, 'shop', undefined)).toBe(line);
    expect(mayBeUndescribed(lines[0]!.replace('"exception"', '"log"'))).toBe(false);
  });

  it('takes what has the wrong shape for what it is', () => {
    const cause: JsonObject = { cause: { cause: 7 }, value: 5, type: [], fingerprint: 3 };
    expect(described(pageLine(new Error('x'), {}, { cause }, 'x'))).toMatchObject({
      frames: [],
      cause: { value: 5, type: [], frames: [], fingerprint: 3, cause: { frames: [], cause: 7 } },
    });
  });

  it('writes a line that is still canonical text, also of half a surrogate pair', () => {
    const calls = '    at ';
    const payload = `${calls}${'x'.repeat(65_535 - calls.length)}\u{1f600}:1:1`; // cut amid the pair
    const text = describeLine(pageLine(new Error(''), {}, {}, payload), 'shop', undefined) as string;
    expect(text).toContain('x\ufffd"');
    expect(text).not.toMatch(/\\ud83d/);
    expect(Buffer.from(text).toString()).toBe(text);
    expect(JSON.stringify(JSON.parse(text))).toBe(text);
  });

  it.each([
    ['a megabyte of calls', '    at f (https://a.example/x.js:1:1)\n'.repeat(30_000)],
    ['a megabyte of brackets', '    at ('.repeat(150_000)],
    ['a megabyte of ats', '@'.repeat(1_000_000)],
    ['a megabyte of causes', '\nCaused by: '.repeat(90_000)],
  ])('has little to do with %s', (_, payload) => {
    const exception = described(pageLine(new Error(''), {}, {}, payload));
    expect((exception['frames'] as unknown[]).length).toBeLessThanOrEqual(50);
  });

  it('reads at most ten links of a chain', () => {
    let cause: JsonObject = { type: 'E', value: 'end' };
    for (let depth = 0; depth < 20; depth++) cause = { type: 'E', value: String(depth), cause };
    const text = JSON.stringify(described(pageLine(new Error('x'), {}, { cause })));
    expect(text.match(/"frames":/g)).toHaveLength(10);
    expect(text).toContain('"value":"end"');
  });
});

describe('an exception of a page', () => {
  it('says the same once it is described, but for frames and fingerprints', () => {
    const error = new Error('outer', { cause: new Error('inner') });
    const { exception } = pageException(error);
    const withoutFrames = JSON.parse(
      JSON.stringify(described(pageLine(error)), (key, value: unknown) =>
        key === 'frames' || key === 'fingerprint' ? undefined : value,
      ),
    ) as unknown;
    expect(withoutFrames).toEqual(exception);
  });
});
