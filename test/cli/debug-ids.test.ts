import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { debugIdFor, debugIdIn, withDebugId } from '../../src/cli/debug-ids.ts';

const ID = '0f0e0d0c-0b0a-8908-8706-050403020100';

describe('a debug id', () => {
  it('is found in the last comment that names one', () => {
    expect(debugIdIn(`a();\n//# debugId=${ID}\n//# sourceMappingURL=a.js.map`)).toBe(ID);
    expect(debugIdIn(`//# debugId=x\na();\n//# debugId=${ID.toUpperCase()}`)).toBe(ID);
    for (const script of ['', 'a();', '//# debugId=', '//# debugId=../x']) expect(debugIdIn(script)).toBeUndefined();
  });

  it('is made of the script: the same for the same, and a UUID of version 8', () => {
    expect(debugIdFor('a();')).toBe(debugIdFor('a();'));
    expect(debugIdFor('a();')).not.toBe(debugIdFor('b();'));
    expect(debugIdFor('a();')).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });

  it('is written behind the script, where no place in it moves, and says itself when the script runs', () => {
    const script = `globalThis.ran = 1;\n//# sourceMappingURL=a.js.map`;
    const written = withDebugId(script, ID);
    expect(written.startsWith(`${script}\n`)).toBe(true);
    expect(debugIdIn(written)).toBe(ID);
    const page: { _debugIds?: Record<string, string>; ran?: number } = {};
    runInNewContext(written, page); // a global object of its own
    expect([page.ran, Object.values(page._debugIds!)]).toEqual([1, [ID]]);
    expect(Object.keys(page._debugIds!)[0]).toContain('Error');
  });
});
