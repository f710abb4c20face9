/**
 * Whether a canonical line is an exception whose stack nobody has read yet, at a glance: what a page sends. A few nanoseconds for any other type; false
 * positives are found out by who parses it.
 */
export function mayBeUndescribed(line: string): boolean {
  // The first letter of the type says no to nearly all. Inside of text the quotes would be escaped, so these are keys.
  if (line.charCodeAt(TYPE_AT) !== LETTER_E || !line.startsWith(EXCEPTION)) return false;
  return !(line.includes('"frames":[') && line.includes('"fingerprint":"'));
}

/** A canonical line has no escapes in these characters, so it begins so exactly if its type is this. */
const EXCEPTION = '{"type":"exception",';
const TYPE_AT = 9;
const LETTER_E = 0x65;
