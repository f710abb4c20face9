import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { wantsColours } from '../../src/cli/colours.ts';

const output = (isTTY: boolean): PassThrough & { readonly isTTY: boolean } =>
  Object.assign(new PassThrough(), { isTTY });

it.each<[boolean, Record<string, string>, boolean]>([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [true, { TERM: 'dumb' }, false],
  [false, { FORCE_COLOR: '1' }, true],
  [false, { FORCE_COLOR: '' }, true],
  [true, { FORCE_COLOR: '0' }, false],
  [true, { FORCE_COLOR: 'false' }, false],
  [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
])('terminal %s with %j: colours %s', (isTTY, env, expected) => {
  expect(wantsColours(output(isTTY), env)).toBe(expected);
});
