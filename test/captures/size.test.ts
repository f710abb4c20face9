import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

/** What a page's bundler makes of an import from `metlog/captures` alone, minified. */
async function bundled(names: string): Promise<{ readonly text: string; readonly bytes: number }> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { ${names} } from './src/browser/captures/index.ts'; console.log(${names})`,
      resolveDir: '.',
    },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const [file] = outputFiles;
  return { text: file!.text, bytes: gzipSync(file!.contents).length };
}

/** A text that is in each capture and nowhere else. */
const MARKS: Readonly<Record<string, string>> = {
  errors: 'onunhandledrejection',
  vitals: 'layout-shift',
  navigation: 'page.load',
  fetchTiming: 'xmlhttprequest',
  breadcrumbs: 'composedPath',
};

describe('a bundle', () => {
  it.each([
    ['errors', 1_400],
    ['vitals', 2_700],
    ['navigation', 1_600],
    ['fetchTiming', 1_550],
    ['breadcrumbs', 1_850],
  ])('with %s alone has at most %i bytes, compressed, and none of the other captures', async (name, limitBytes) => {
    const { text, bytes } = await bundled(name);
    expect(bytes).toBeLessThanOrEqual(limitBytes);
    expect(Object.keys(MARKS).filter((other) => text.includes(MARKS[other]!))).toEqual([name]);
  });

  it('with all captures but web vitals has at most 3950 bytes, compressed', async () => {
    const { bytes } = await bundled('errors, navigation, fetchTiming, breadcrumbs');
    expect(bytes).toBeLessThanOrEqual(3_950);
  });

  it('has nothing of them where none is used', async () => {
    const { outputFiles } = await build({
      stdin: { contents: `import './src/browser/captures/index.ts'`, resolveDir: '.' },
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
      logLevel: 'error',
    });
    expect(outputFiles[0]!.text.trim()).toBe('');
  });
});
