// With the `u` flag a pair is one character, so this matches halves that stand alone.
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** `text` with U+FFFD for each half of a surrogate pair that stands alone: such text has no UTF-8 form, and stores refuse it. */
export function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATE, '\ufffd');
}
