import { plainFunctionName } from './function-name.ts';
import type { Frame } from './stack.ts';

/** Frames that tell one fault from another; more would split a group for each way that leads to it. */
const FRAMES_COUNTED = 5;

/**
 * The group that an exception belongs to, 16 hexadecimal digits: its type and the functions and files of its innermost frames, the application's
 * own if there are any. Neither lines nor folders count, so that a group survives an edit elsewhere in a file and another machine's paths; nor do hashes
 * in the names of files, nor what only one engine says of a function or of who waits for it. Without frames the text counts, its numbers left out.
 */
export function fingerprintOf(type: string, text: string, frames: readonly Frame[]): string {
  const places = countedFrames(frames).map(
    (frame) => `${plainFunctionName(frame.function ?? '')}@${withoutHash(baseName(frame.filename ?? ''))}`,
  );
  const parts = places.length > 0 ? places : [text.replace(/\d+/g, '0').slice(0, 200)];
  const identity = [type, ...parts].join('\n');
  return hex32(fnv1a(identity, FNV_OFFSET)) + hex32(fnv1a(identity, ~FNV_OFFSET));
}

/** The application's own that were on the stack; V8 alone tells who waited for them. Where there are none, the nearest to that. */
function countedFrames(frames: readonly Frame[]): readonly Frame[] {
  const waiting = frames.map(({ is_async }) => is_async === true).lastIndexOf(true);
  const choices = [frames.slice(waiting + 1).filter(isOwn), frames.filter(isOwn), frames];
  return (choices.find(({ length }) => length > 0) ?? []).slice(-FRAMES_COUNTED);
}

const isOwn = (frame: Frame): boolean => frame.in_app;

/** The last step of a path or an address, without its query. */
function baseName(filename: string): string {
  const [path = ''] = filename.split(/[?#]/, 1);
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/**
 * `app.js` for the `app-3F2A9C7Q.js`, `app-DiwrgTda.js` and `app.3f2a9c1b.js` that esbuild, Vite and webpack make of it: eight letters of which one is a digit
 * or a capital, or at least as many hexadecimal digits.
 */
const withoutHash = (name: string): string =>
  name.replace(/[-._](?:(?=[a-z_-]{0,7}[A-Z\d])[\w-]{8}|(?=[a-f]{0,39}\d)[\da-f]{8,40})(?=\.)/, '');

const FNV_OFFSET = 0x811c9dc5;

/** FNV-1a over UTF-16 units, 32 bits: quick, evenly spread, not cryptographic. https://www.rfc-editor.org/rfc/rfc9923 */
function fnv1a(text: string, offset: number): number {
  let hash = offset;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, '0');
}
