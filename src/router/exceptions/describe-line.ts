import { mended } from '../../core/canonical-line.ts';
import { readLine } from '../../core/decode.ts';
import { encodeMessage } from '../../core/encode.ts';
import { fingerprintOf } from '../../core/fingerprint.ts';
import { isRecord, setOwn, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Message } from '../../core/schema.ts';
import { parseStack, type Frame, type FullFrame } from '../../core/stack.ts';
import type { MapLookup, MapQuery } from './map-lookup.ts';
import { splitStacks, type PageError } from './split-stacks.ts';

/** UTF-16 units of a payload that are read for frames. A page sends 16,384 of a stack, and fifty frames take less. */
const MAX_STACK_LENGTH = 65_536;

/** An exception whose stacks are read. */
interface ReadStacks {
  readonly message: Message;
  readonly exception: JsonObject;
  readonly links: readonly (PageError & { readonly frames: readonly Frame[] })[];
}

/**
 * The line of an exception with its stacks read, source maps applied, and its group, as the journal has it; a promise where `maps` has to be asked.
 * A line that has frames, or is no such exception, stays as it is. Never throws nor rejects.
 */
export function describeLine(
  line: string,
  headerLogger: string,
  maps: MapLookup | undefined,
): string | Promise<string> {
  const read = readStacks(readLine(line, { logger: headerLogger }));
  if (read === undefined) return line;
  const frames = read.links.flatMap((link) => link.frames);
  const query: MapQuery = {
    release: textOf(read.message.metadata['release']),
    debugIds: debugIdsOf(read.exception, frames),
    frames,
  };
  const written = (frames: readonly FullFrame[]): string =>
    mended(encodeMessage(withFrames(read, frames), headerLogger));
  const isKnown = maps !== undefined && query.frames.length > 0 && maps.mayHave(query);
  return isKnown ? maps.find(query).then(written) : written(query.frames);
}

function readStacks(message: Message): ReadStacks | undefined {
  const { exception } = message.metadata;
  if (!isRecord(exception) || Array.isArray(exception['frames'])) return undefined;
  const links = splitStacks(exception, message.payload.slice(0, MAX_STACK_LENGTH)).map((link) => ({
    ...link,
    frames: parseStack(link.calls),
  }));
  return { message, exception, links };
}

/** The message with frames and fingerprints; `frames` are those of all links, one after the other. */
function withFrames({ message, links }: ReadStacks, frames: readonly FullFrame[]): Message {
  let at = frames.length;
  const exception = links.reduceRight<JsonObject | undefined>((cause, link) => {
    const own = frames.slice((at -= link.frames.length), at + link.frames.length);
    const { type, value, cause: given, fingerprint, debug_ids: _, ...rest } = link.described as JsonObject;
    return {
      ...(type !== undefined && { type }),
      ...(value !== undefined && { value }),
      frames: own.map((frame): JsonObject => ({ ...frame })),
      fingerprint: fingerprint ?? fingerprintOf(link.type, link.value, own),
      ...(cause !== undefined ? { cause } : given !== undefined && { cause: given }),
      ...rest,
    };
  }, undefined);
  const metadata: Record<string, JsonValue> = { ...message.metadata };
  if (exception !== undefined) metadata['exception'] = exception;
  return { ...message, metadata };
}

/** Those of the files in `frames`, as each is looked for on the disk. */
function debugIdsOf({ debug_ids: given }: JsonObject, frames: readonly Frame[]): Readonly<Record<string, string>> {
  if (!isRecord(given)) return {};
  const ids: Record<string, string> = {};
  for (const { filename } of frames) {
    const id = filename !== undefined && Object.hasOwn(given, filename) ? given[filename] : undefined;
    if (filename !== undefined && typeof id === 'string') setOwn(ids, filename, id);
  }
  return ids;
}

const textOf = (value: JsonValue | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
