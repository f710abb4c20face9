import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AnyMap, type SourceMapInput } from '@jridgewell/trace-mapping';
import { isRecord, parseJson } from '../core/json.ts';
import { messageOf } from '../core/text-of.ts';
import { codeOf } from '../router/errors.ts';
import { createMapStore, MAPS_FOLDER, type MapName } from '../router/maps/map-store.ts';
import { debugIdOf } from '../router/maps/map-names.ts';
import { SCOPES_KEY } from '../router/maps/scopes.ts';
import { CommandError, UsageError, type CliContext, type Command, type CommandLine } from './command.ts';
import { counted } from './counted.ts';
import { debugIdFor, debugIdIn, withDebugId } from './debug-ids.ts';
import { functionScopes } from './function-scopes.ts';
import { optionOrVariable, toServerUrl } from './option-values.ts';
import { scriptMaps, type ScriptMap } from './script-maps.ts';
import { requestServer } from './server-api.ts';
import { DEFAULT_SERVER_URL } from './tail.ts';
import { quoted, safeText } from './terminal-text.ts';

export const uploadMapsCommand: Command = {
  name: 'upload-maps',
  positionals: [{ name: 'DIR', wanted: 'the folder of the built scripts and their maps' }],
  options: {
    release: { value: 'R', about: 'the version, as the `release` option of the page says it (METLOG_RELEASE)' },
    'url-prefix': { value: 'P', about: 'where the folder is served: a path, or an address (default /)' },
    inject: { about: 'write a debug id into scripts and maps that have none; then the release need not be the same' },
    url: { value: 'URL', about: `the \`metlog serve\` to send to (default ${DEFAULT_SERVER_URL})` },
    'data-dir': { value: 'DIR', about: 'write into this data folder instead of sending' },
  },
  examples: [
    'metlog upload-maps dist --release 1.4.2',
    'metlog upload-maps dist --release 1.4.2 --url-prefix /static/ --inject',
  ],

  async run(line, { env, stdout, stderr }) {
    const [dir = ''] = line.positionals;
    const release = optionOrVariable('release', line.value('release'), 'METLOG_RELEASE', env)?.text;
    if (release === undefined)
      throw new UsageError('--release is missing, wanted: the version that the page says it is');
    const prefix = toPrefix(line.value('url-prefix') ?? '/');
    const send = toSender(line, env);
    let count = 0;
    let deletedReleases = 0;
    for await (const found of readFolder(dir)) {
      const { path, script, mapFile } = found;
      const prepared = prepare(found);
      if (typeof prepared === 'string') {
        stderr.write(`metlog upload-maps: ${safeText(`${path}: ${prepared}`)}\n`);
        continue;
      }
      const { id, map, isNew } = prepared;
      if (line.has('inject') && isNew) {
        await writeFile(join(dir, path), withDebugId(script, id));
        if (mapFile !== undefined) await writeFile(mapFile, JSON.stringify({ ...map, [SCOPES_KEY]: undefined }));
      }
      const name = { release, path: prefix + encodeURI(path), debugId: id };
      deletedReleases += await send(name, JSON.stringify(map));
      stdout.write(`${safeText(name.path)}\n`);
      count++;
    }
    if (count === 0) throw new CommandError(`there is no script with a source map in ${quoted(dir)}`);
    const deleted = deletedReleases === 0 ? '' : `; the maps of ${counted(deletedReleases, 'old release')} made room`;
    stdout.write(`${counted(count, 'source map')} for the release ${safeText(release)}${deleted}\n`);
    return 0;
  },
};

/** Keeps one map; resolves to how many releases made room for it. */
type Send = (name: MapName & { readonly debugId: string }, map: string) => Promise<number>;

function toSender(line: CommandLine, env: CliContext['env']): Send {
  const dataDir = line.value('data-dir');
  if (dataDir !== undefined) {
    if (line.has('url')) throw new UsageError('--url and --data-dir are both given, wanted: one of them');
    const store = createMapStore(join(dataDir, MAPS_FOLDER));
    return async (name, map) => {
      const stored = await store.put(name, bytesOf(map));
      if (stored.status === 'stored') return stored.deletedReleases;
      throw new CommandError(`${safeText(name.path)} is not taken: ${stored.reason}`);
    };
  }
  const url = toServerUrl({ from: '--url', text: line.value('url') ?? DEFAULT_SERVER_URL });
  return async ({ release, path, debugId }, map) => {
    const query = new URLSearchParams({ release, path, debug_id: debugId });
    const response = await requestServer(url, `/api/maps?${query.toString()}`, env, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: map,
    });
    const body: unknown = await response.json();
    return isRecord(body) && typeof body['deletedReleases'] === 'number' ? body['deletedReleases'] : 0;
  };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

interface Prepared {
  readonly id: string;
  /** Whether the script had no id. */
  readonly isNew: boolean;
  /** With its id, and the functions of the script. */
  readonly map: Readonly<Record<string, unknown>>;
}

/** The map as the router takes it, or why it cannot be used. */
function prepare({ script, map: text }: ScriptMap): Prepared | string {
  const map = parseJson(text);
  if (!isRecord(map)) return 'its source map is no JSON object';
  try {
    const scopes = functionScopes(script, new AnyMap(map as unknown as SourceMapInput));
    const known = debugIdIn(script) ?? mapId(map);
    const id = known ?? debugIdFor(script);
    return { id, isNew: known === undefined, map: { ...map, debugId: id, ...(scopes && { [SCOPES_KEY]: scopes }) } };
  } catch (error) {
    return `its source map is wrong: ${messageOf(error)}`;
  }
}

/** The id that a bundler gave the map: as proposed, and as some wrote it before. */
function mapId({ debugId, debug_id: older }: Readonly<Record<string, unknown>>): string | undefined {
  const given = debugId ?? older;
  return typeof given === 'string' ? debugIdOf(given) : undefined;
}

async function* readFolder(dir: string): AsyncGenerator<ScriptMap> {
  try {
    yield* scriptMaps(dir);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') throw error;
    throw new CommandError(`there is no folder ${quoted(dir)}`, { cause: error });
  }
}

/** A path or an address that ends in a slash. */
function toPrefix(text: string): string {
  const isAddress = URL.canParse(text);
  const prefix = isAddress ? text : text.replace(/^~?\/*/, '/');
  return prefix.endsWith('/') ? prefix : `${prefix}/`;
}
