import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../core/text-of.ts';
import { codeOf } from '../errors.ts';
import type { FullFrame } from '../../core/stack.ts';
import type { MapLookup, MapQuery } from '../exceptions/map-lookup.ts';
import { createByteCache } from './byte-cache.ts';
import { debugIdOf, idPath, isMapPath, mapPath, scriptAddresses } from './map-names.ts';
import { readSourceMap, type SourceMap } from './source-map.ts';

export interface MapReaderDeps {
  /** A map that cannot be read; told once. */
  onBroken(text: string): void;
}

/** Maps that are kept ready, in bytes of their files; parsed, one takes several times as much memory. */
const CACHE_BYTES = 32 * 1024 * 1024;
/** Frames of one query that get the lines around them: a message must still fit into the journal. */
const MAX_WITH_LINES = 50;
/** Broken maps that are remembered. */
const MAX_BROKEN = 1_000;

/** Reads maps out of the folder that `createMapStore` writes. Parsing a large one takes its thread for a while. */
export function createMapReader(dir: string, deps: MapReaderDeps): Pick<MapLookup, 'find'> {
  const cache = createByteCache<SourceMap>(CACHE_BYTES);
  const broken = new Set<string>();

  async function find({ release, debugIds, frames }: MapQuery): Promise<readonly FullFrame[]> {
    const maps = new Map<string, SourceMap | undefined>();
    const found: FullFrame[] = [];
    // From the inside: those are the ones that are looked at.
    for (const [index, frame] of [...frames].reverse().entries()) {
      const { filename = '' } = frame;
      if (!maps.has(filename)) maps.set(filename, await mapOf(filename, release, ownEntry(debugIds, filename)));
      found.push(maps.get(filename)?.trace(frame, index < MAX_WITH_LINES) ?? frame);
    }
    return found.reverse();
  }

  async function mapOf(filename: string, release = '', debugId = ''): Promise<SourceMap | undefined> {
    const id = debugIdOf(debugId);
    const byId = id === undefined ? undefined : await pathOfId(id);
    const candidates = [byId, ...(release === '' ? [] : scriptAddresses(filename).map((at) => mapPath(release, at)))];
    for (const path of candidates) {
      const map = path === undefined ? undefined : await load(path);
      if (map !== undefined) return map;
    }
    return undefined;
  }

  async function pathOfId(id: string): Promise<string | undefined> {
    const text = await unlessMissing(readFile(idPath(dir, id), 'utf8'));
    return text !== undefined && isMapPath(text) ? text : undefined;
  }

  async function load(path: string): Promise<SourceMap | undefined> {
    const stats = await unlessMissing(stat(join(dir, path)));
    if (stats === undefined) return undefined;
    const key = `${path} ${stats.mtimeMs} ${stats.size}`; // another may have been uploaded in its place
    if (broken.has(key)) return undefined;
    const known = cache.get(key);
    if (known !== undefined) return known;
    try {
      const map = readSourceMap(await readFile(join(dir, path), 'utf8'));
      cache.set(key, map, stats.size);
      return map;
    } catch (error) {
      if (broken.size >= MAX_BROKEN) broken.clear();
      broken.add(key);
      deps.onBroken(
        `the source map ${join(dir, path)} cannot be read: ${messageOf(error)}; its frames stay as they are`,
      );
      return undefined;
    }
  }

  return { find };
}

const ownEntry = (ids: Readonly<Record<string, string>>, filename: string): string | undefined =>
  Object.hasOwn(ids, filename) ? ids[filename] : undefined;

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
