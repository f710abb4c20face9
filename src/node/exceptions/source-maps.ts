import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { originalPositionFor, sourceContentFor, TraceMap } from '@jridgewell/trace-mapping';
import type { SourceFiles } from './source-files.ts';

/** Maps kept: an application has a few bundles. */
const MAX_MAPS = 20;
/** Characters at the end of a file in which the comment that names its map is looked for, where the map is a file of its own. */
const TAIL_LENGTH = 4_096;

/** A place in the source that a build was made of. */
export interface OriginalPlace {
  /** A path, or whatever else the map calls it. */
  readonly filename: string;
  /** From 1. */
  readonly lineno: number;
  readonly colno: number;
  /** The name that stands there in the source, where the build has another. */
  readonly name?: string;
  /** The source, where the map holds it. */
  readonly content?: string;
}

export interface SourceMaps {
  /** What stands at a place of a built file; null where it has no map or the map says nothing. Reads the map before it returns. */
  find(path: string, lineno: number, colno: number): OriginalPlace | null;
}

/** Reads a file's map from what its last line names, a `data:` address or a file beside it; nothing is fetched. https://tc39.es/ecma426/ */
export function createSourceMaps(files: SourceFiles): SourceMaps {
  const kept = new Map<string, TraceMap | null>();

  function mapOf(path: string): TraceMap | null {
    const known = kept.get(path);
    if (known !== undefined) return known;
    const made = readMap(path, files);
    kept.set(path, made);
    for (const oldest of kept.keys()) {
      if (kept.size <= MAX_MAPS) break;
      kept.delete(oldest);
    }
    return made;
  }

  return {
    find(path, lineno, colno) {
      const map = mapOf(path);
      if (!map) return null;
      const { source, line, column, name } = originalPositionFor(map, { line: lineno, column: colno - 1 });
      if (source === null) return null;
      const content = sourceContentFor(map, source);
      return {
        filename: pathOf(source),
        lineno: line,
        colno: column + 1,
        ...(name !== null && { name }),
        ...(content !== null && { content }),
      };
    },
  };
}

function readMap(path: string, files: SourceFiles): TraceMap | null {
  const text = files.read(path);
  const address = text === null ? null : mapAddress(text);
  if (address === null) return null;
  try {
    const isInline = address.startsWith('data:');
    const mapPath = isInline ? path : resolve(dirname(path), decodeURI(address));
    const json = isInline ? inlineText(address) : files.read(mapPath);
    return json === null ? null : new TraceMap(json, pathToFileURL(mapPath).href);
  } catch {
    return null; // it is no map
  }
}

/** What the last `sourceMappingURL` of `text` names; null where there is none, or it would have to be fetched. */
function mapAddress(text: string): string | null {
  const start = text.lastIndexOf('//# sourceMappingURL=');
  if (start === -1) return null;
  const [address = ''] = text.slice(start + 21).split(/\s/, 1);
  if (address.startsWith('data:')) return address;
  return address === '' || /^[a-z][a-z\d+.-]+:/i.test(address) || text.length - start > TAIL_LENGTH ? null : address;
}

function inlineText(address: string): string {
  const comma = address.indexOf(',');
  const data = address.slice(comma + 1);
  return address.slice(0, comma).endsWith(';base64')
    ? Buffer.from(data, 'base64').toString()
    : decodeURIComponent(data);
}

function pathOf(source: string): string {
  try {
    return source.startsWith('file:') ? fileURLToPath(source) : source;
  } catch {
    return source;
  }
}
