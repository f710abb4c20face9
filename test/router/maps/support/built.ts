import { build } from 'esbuild';
import { AnyMap } from '@jridgewell/trace-mapping';
import { functionScopes } from '../../../../src/cli/function-scopes.ts';
import { SCOPES_KEY } from '../../../../src/router/maps/scopes.ts';

export interface Built {
  readonly script: string;
  /** As `metlog upload-maps` sends it. */
  readonly map: string;
  /** The place of this text in the script, line and column from 1. */
  placeOf(text: string): { readonly lineno: number; readonly colno: number };
}

/** A module minified by esbuild, with its source map. */
export async function buildSource(source: string, file = 'cart.ts'): Promise<Built> {
  const { outputFiles } = await build({
    stdin: { contents: source, sourcefile: file, loader: 'ts' },
    bundle: true,
    minify: true,
    sourcemap: 'external',
    outfile: 'app.js',
    write: false,
  });
  const [map, script] = ['.map', '.js'].map((end) => outputFiles.find(({ path }) => path.endsWith(end))!.text);
  const parsed = JSON.parse(map!) as Record<string, unknown>;
  return {
    script: script!,
    map: JSON.stringify({ ...parsed, [SCOPES_KEY]: functionScopes(script!, new AnyMap(map!)) }),
    placeOf(text) {
      const before = script!.slice(0, script!.indexOf(text)).split('\n');
      return { lineno: before.length, colno: before.at(-1)!.length + 1 };
    },
  };
}
