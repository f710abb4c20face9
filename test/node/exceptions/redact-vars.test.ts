import { describe, expect, it } from 'vitest';
import { createRedaction, REDACTED_KEYS } from '../../../src/core/redact.ts';
import { redactSource, redactVars } from '../../../src/node/exceptions/redact-vars.ts';

const isSecret = createRedaction(REDACTED_KEYS);

describe('redactVars', () => {
  it.each([
    ['token=abc&id=5', 'token=[redacted]&id=5'],
    ['postgres options: password=abc user=x', 'postgres options: password=[redacted] user=x'],
    ['{"password":"a b","id":5}', '{"password":"[redacted]","id":5}'],
    ['{\\"password\\":\\"a b\\",\\"id\\":5}', '{\\"password\\":\\"[redacted]\\",\\"id\\":5}'],
    ["{ apiKey: 'a b', id: 5 }", "{ apiKey: '[redacted]', id: 5 }"],
    ['Authorization: Bearer abc.def', 'Authorization: [redacted]'],
    ['x-api-key: abc\r\nHost: shop', 'x-api-key: [redacted]\r\nHost: shop'],
    ['the token is fine', 'the token is fine'],
    ['id=5&name=ann', 'id=5&name=ann'],
  ])('takes the secrets out of a text: %s', (text, without) => {
    expect(redactVars({ text }, isSecret)).toEqual({ text: without });
  });

  it('looks at keys, at what follows a name in a list, and however deep', () => {
    const vars = { a: [{ password: { deep: 1 } }, ['cookie', 'sid=1', 'x']], token: [1], __proto__: 1 };
    expect(redactVars(vars, isSecret)).toEqual({
      a: [{ password: '[redacted]' }, ['cookie', '[redacted]', 'x']],
      token: '[redacted]',
    });
  });

  it('is quick with whatever text', () => {
    const text = 'password'.repeat(5_000) + ' '.repeat(5_000) + '='.repeat(5_000);
    expect(Object.keys(redactVars({ text }, isSecret))).toEqual(['text']);
  });
});

describe('redactSource', () => {
  it.each([
    ["const password = 'hunter2';", "const password = '[redacted]';"],
    ['  apiKey: "abc", id: "5",', '  apiKey: "[redacted]", id: "5",'],
    ['const token = await getToken(user);', 'const token = await getToken(user);'],
    ["headers['authorization'] = `Bearer ${x}`;", "headers['authorization'] = `Bearer ${x}`;"],
  ])('takes what is written in a program: %s', (line, without) => {
    expect(redactSource(line, isSecret)).toBe(without);
  });
});
