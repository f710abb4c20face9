import { describe, expect, it } from 'vitest';
import { checkFilePath, checkPath, copyingPath, isCopyingOf } from '../../../src/store/remote/remote-path.ts';

const NAME = 'shop-1f2e3d4c.0000000000000000-0000000000000099.parquet';
const FILE = `dt=2026-11-27/${NAME}`;

describe('a path in a remote archive', () => {
  it.each([FILE, '_types/shop-1f2e3d4c.json', '_types'])('may be %s', (path) => {
    expect(() => checkPath(path)).not.toThrow();
  });

  it.each(['', '/', '/a', 'a/', 'a//b', '..', 'a/../b', './a', 'a?b', 'a%2fb', 'a\\b', 'a b', 'a\n', 'ä'])(
    'may not be %j',
    (path) => {
      expect(() => checkPath(path)).toThrow('is no path in a remote archive');
    },
  );

  it.each([NAME, `_types/${NAME}`, `dt=2026-11-27/x/${NAME}`, 'dt=2026-11-27/a.json', `dt=../${NAME}`])(
    'is no file’s if it is %j',
    (path) => {
      expect(() => checkFilePath(path)).toThrow('is no file');
    },
  );

  it('is hidden while the file is written', () => {
    expect(copyingPath(FILE)).toBe(`dt=2026-11-27/_${NAME}.copying`);
    expect(copyingPath(FILE, '0a1b2c3d')).toBe(`dt=2026-11-27/_${NAME}.0a1b2c3d.copying`);
    expect(isCopyingOf(NAME, `_${NAME}.copying`)).toBe(true);
    expect(isCopyingOf(NAME, `_${NAME}.0a1b2c3d.copying`)).toBe(true);
    expect(isCopyingOf(NAME, `_2.${NAME}.copying`)).toBe(false);
    expect(isCopyingOf(NAME, NAME)).toBe(false);
    expect(isCopyingOf(NAME, `_${NAME}`)).toBe(false);
  });
});
