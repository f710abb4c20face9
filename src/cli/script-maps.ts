import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { codeOf } from '../router/errors.ts';

/** A built script, and the source map that belongs to it. */
export interface ScriptMap {
  /** Below the folder, with `/`. */
  readonly path: string;
  readonly script: string;
  /** Text of the map. */
  readonly map: string;
  /** File of the map; undefined if it stands in the script. */
  readonly mapFile: string | undefined;
}

const SCRIPT = /\.[cm]?js$/;
const REFERENCE = '//# sourceMappingURL=';
const INLINE = /^data:application\/json;(?:charset=utf-8;)?base64,/i;

/** The scripts below a folder that have a map: in them, where they say it is, or beside them as `<name>.map`. Nothing outside of the folder is read. */
export async function* scriptMaps(dir: string): AsyncGenerator<ScriptMap> {
  const root = resolve(dir);
  const names = (await readdir(root, { recursive: true })).filter((name) => SCRIPT.test(name)).sort();
  for (const name of names) {
    const file = join(root, name);
    if (!(await stat(file)).isFile()) continue;
    const script = await readFile(file, 'utf8');
    const found = await findMap(root, file, script);
    if (found !== undefined) yield { path: relative(root, file).split(sep).join('/'), script, ...found };
  }
}

async function findMap(
  root: string,
  file: string,
  script: string,
): Promise<Pick<ScriptMap, 'map' | 'mapFile'> | undefined> {
  const at = script.lastIndexOf(REFERENCE);
  const reference = at === -1 ? '' : (script.slice(at + REFERENCE.length).split(/\s/, 1)[0] ?? '');
  const inline = INLINE.exec(reference);
  if (inline) return { map: Buffer.from(reference.slice(inline[0].length), 'base64').toString(), mapFile: undefined };
  for (const mapFile of [referredFile(file, reference), `${file}.map`]) {
    if (mapFile === undefined || !mapFile.startsWith(root + sep)) continue;
    const map = await readFile(mapFile, 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (map !== undefined) return { map, mapFile };
  }
  return undefined;
}

/** The file that a reference names; an address of another machine names none. */
function referredFile(file: string, reference: string): string | undefined {
  if (reference === '' || reference.length > 1_024 || /^(?:[a-z][a-z\d+.-]*:|\/)/i.test(reference)) return undefined;
  try {
    return resolve(dirname(file), decodeURIComponent(reference.split(/[?#]/, 1)[0] ?? ''));
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
