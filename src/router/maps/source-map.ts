import {
  AnyMap,
  decodedMappings,
  isIgnored,
  originalPositionFor,
  sourceContentFor,
  type SourceMapInput,
} from '@jridgewell/trace-mapping';
import { isRecord } from '../../core/json.ts';
import { isInApp, type Frame, type FullFrame } from '../../core/stack.ts';
import { functionAt, readScopes } from './scopes.ts';
import { sourceLines } from './source-lines.ts';

/** Brings frames of a built script back to its source. */
export interface SourceMap {
  /** The frame in the source; null where the map says nothing of its place. `withLines`: with the lines around it. */
  trace(frame: Frame, withLines: boolean): FullFrame | null;
}

/** What bundlers put in themselves. */
const BUNDLER_SOURCE = /(?:^|[/\0])(?:webpack\/(?:runtime|bootstrap)|vite\/(?:modulepreload|preload-helper))/;

/** Reads the text of a source map, one of sections too. Throws if it is none. */
export function readSourceMap(text: string): SourceMap {
  const parsed: unknown = JSON.parse(text);
  if (!isRecord(parsed)) throw new Error('it is no JSON object');
  const scopes = readScopes(parsed);
  // What is wrong with it shows here.
  const map = new AnyMap(parsed as unknown as SourceMapInput);
  decodedMappings(map);
  if (!Array.isArray(map.ignoreList ?? [])) throw new Error('its ignoreList is no list');
  return {
    trace(frame, withLines) {
      const { lineno, colno, is_async } = frame;
      if (lineno === undefined || colno === undefined || lineno < 1 || colno < 1) return null;
      const { source, line, column }: { source: unknown; line: number | null; column: number | null } =
        originalPositionFor(map, { line: lineno, column: colno - 1 });
      if (typeof source !== 'string' || line === null || column === null) return null;
      const inApp = isInApp(source) && !BUNDLER_SOURCE.test(source) && !isIgnored(map, source);
      const called = scopes === undefined ? frame.function : functionAt(scopes, lineno - 1, colno - 1);
      const content: unknown = withLines && inApp ? sourceContentFor(map, source) : null;
      return {
        ...(called !== undefined && called !== '' && { function: called }),
        filename: source.replace(/^(?:\.\.\/)+/, ''),
        lineno: line,
        colno: column + 1,
        in_app: inApp,
        ...(is_async && { is_async }),
        ...(typeof content === 'string' && sourceLines(content, line)),
      };
    },
  };
}
