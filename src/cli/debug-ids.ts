import { createHash } from 'node:crypto';
import { debugIdOf } from '../router/maps/map-names.ts';

const COMMENT = '//# debugId=';

/** The id in a script's last comment of this kind; undefined if there is none. https://github.com/tc39/ecma426/blob/main/proposals/debug-id.md */
export function debugIdIn(script: string): string | undefined {
  const at = script.lastIndexOf(COMMENT);
  return at === -1 ? undefined : debugIdOf(script.slice(at + COMMENT.length).split(/\s/, 1)[0] ?? '');
}

/** An id for a script that has none: the same for the same text, so that to upload twice changes nothing. A UUID of version 8: RFC 9562, section 5.8. */
export function debugIdFor(script: string): string {
  const digits = createHash('sha256').update(script).digest('hex').slice(0, 32).split('');
  digits[12] = '8';
  digits[16] = '89ab'[Number.parseInt(digits[16] ?? '0', 16) & 3] ?? '8';
  return debugIdOf(digits.join('')) ?? '';
}

/**
 * The script with this id in it: as a comment, and where the page says which script of it has which id, behind all else, so that no place in it moves.
 * `_debugIds` is read by other SDKs too.
 */
export function withDebugId(script: string, id: string): string {
  const register = `;(()=>{try{(globalThis._debugIds??={})[new Error().stack]="${id}"}catch{}})();`;
  return `${script.replace(/\n*$/, '\n')}${register}\n${COMMENT}${id}\n`;
}
