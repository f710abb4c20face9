import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { isRecord } from '../core/json.ts';
import { messageOf } from '../core/text-of.ts';
import { defineConfig } from '../router/define-config.ts';
import { ConfigError, StartError } from '../router/errors.ts';
import { createRouter } from '../router/router.ts';
import { CommandError } from './command.ts';

/** Files that hold a configuration. */
export const CONFIG_EXTENSIONS: readonly string[] = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json'];

/** `metlog/router` as a configuration imports it, which is so found also where the package is not installed beside the file. */
const ROUTER_ENTRY = { createRouter, defineConfig, ConfigError, StartError };

/**
 * What the file at `path` says, unchecked: JSON, or the default export of TypeScript or JavaScript, which is run. Called again, it sees the
 * file and what it imports as they are now, packages apart. Rejects with CommandError, one line without the file's name.
 */
export async function importConfig(path: string): Promise<unknown> {
  const source = await readFile(path, 'utf8');
  // Editors empty a file before they write it: nothing is no configuration without sinks.
  if (source.trim() === '') throw new CommandError('the file is empty, wanted: a configuration');
  return extname(path) === '.json' ? parseConfig(source) : await runConfig(path, source);
}

async function runConfig(path: string, source: string): Promise<unknown> {
  const { createJiti } = await import('jiti'); // half a megabyte, and most starts need none of it
  forgetJson();
  const jiti = createJiti(import.meta.url, {
    moduleCache: false,
    fsCache: false,
    interopDefault: false,
    virtualModules: { 'metlog/router': ROUTER_ENTRY },
  });
  const evaluate = (isAsync: boolean): unknown =>
    jiti.evalModule(source, { filename: path, ext: extname(path), async: isAsync, forceTranspile: true });
  const loaded = await runEitherWay(evaluate).catch((error: unknown) => {
    throw new CommandError(oneLine(error), { cause: error });
  });
  if (isRecord(loaded) && loaded['default'] !== undefined) return loaded['default'];
  // CommonJS: all that it exports. A file that is cut off, or holds comments alone, exports nothing.
  if (isRecord(loaded) && !('__esModule' in loaded) && Object.keys(loaded).length > 0) return loaded;
  throw new CommandError('there is no default export, wanted: export default defineConfig({ … })');
}

/**
 * Synchronously, unless the file or something that it imports awaits at its top level. Only then does jiti itself run the JavaScript modules
 * that are imported; asynchronously it leaves them to Node, which remembers them, so that a change is seen at the next start.
 */
async function runEitherWay(evaluate: (isAsync: boolean) => unknown): Promise<unknown> {
  try {
    return evaluate(false);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'SyntaxError' || !error.message.startsWith('await is only valid')) {
      throw error;
    }
  }
  return await evaluate(true);
}

/** JSON that a configuration imports is the one thing that jiti leaves to Node, which would remember it. */
function forgetJson(): void {
  const { cache } = createRequire(import.meta.url);
  for (const path of Object.keys(cache)) if (path.endsWith('.json')) Reflect.deleteProperty(cache, path);
}

function parseConfig(source: string): unknown {
  const text = source.replace(/^\ufeff/, '');
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = messageOf(error);
    const position = /at position (\d+)/.exec(why)?.[1];
    const before = text.slice(0, position === undefined ? unexpectedAt(text) : Number(position)).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    // What follows quotes the file, which may hold secrets, and where it stands is said already.
    const what = why.replace(/(?: in JSON|, (?:\.\.\.)?").*/s, '');
    throw new CommandError(`line ${before.length}, column ${column}: ${what}`, { cause: error });
  }
}

/** Where the first unexpected token is, of which Node does not say it; the text's end if there is none. */
function unexpectedAt(text: string): number {
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (hasUnexpected(text.slice(0, middle + 1))) high = middle;
    else low = middle + 1;
  }
  return low;
}

function hasUnexpected(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return messageOf(error).startsWith('Unexpected token');
  }
}

/** Compilers say where on a second line; which modules asked for one that is missing is more than a line can hold. */
const oneLine = (error: unknown): string =>
  messageOf(error)
    .replace(/\s*Require stack:.*/s, '')
    .replace(/\s+/g, ' ')
    .trim();
