import { withoutCredentials } from '../core/without-credentials.ts';

/**
 * Everything that a terminal would act on or that shows nothing: control characters (C0, DEL, C1: colours, titles, cursor), the marks that turn
 * the direction of what follows, separators of lines, and halves of surrogate pairs.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** Marks on one character past those that languages need: they would be drawn over the lines above and below. */
const MARKS_ABOVE_MARKS = /(?<=\p{M}{6})\p{M}/gu;
/** Joins the parts of one emoji; harmless. */
const ZERO_WIDTH_JOINER = '\u200d';
const PLAIN_ASCII = /^[\x20-\x7e]*$/;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** `text` on one line, with nothing in it that a terminal would obey or draw elsewhere: what is unsafe is shown as an escape. */
export function safeText(text: string): string {
  if (PLAIN_ASCII.test(text)) return text;
  return text
    .replace(UNSAFE, (char) => (char === ZERO_WIDTH_JOINER ? char : (SHORT[char] ?? escaped(char))))
    .replace(MARKS_ABOVE_MARKS, escaped);
}

/** `json`, JSON text, of the same meaning, with what a terminal would obey written as JSON's own escapes. */
export function safeJson(json: string): string {
  return json.replace(UNSAFE, (char) => (char === '\n' ? char : jsonEscaped(char)));
}

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

function jsonEscaped(char: string): string {
  let text = '';
  for (let index = 0; index < char.length; index++)
    text += `\\u${char.charCodeAt(index).toString(16).padStart(4, '0')}`;
  return text;
}

/** `text` in quotes, safe and short, as error lines show what came; of an address without what may be a secret. */
export function quoted(text: string): string {
  const shown = withoutCredentials(text);
  return JSON.stringify(shown.length > 80 ? `${shown.slice(0, 80)}…` : shown).replace(UNSAFE, escaped);
}

/** East Asian wide characters and emoji take two columns, marks that combine none. */
const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|[\u{20000}-\u{3fffd}])/u;
const segmenter = /* @__PURE__ */ new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Columns that safe `text` takes in a terminal; of what is wider than `most`, only that it is. */
export function textWidth(text: string, most = Number.POSITIVE_INFINITY): number {
  if (PLAIN_ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) {
    width += segmentWidth(segment);
    if (width > most) break;
  }
  return width;
}

function segmentWidth(segment: string): number {
  if (WIDE.test(segment)) return 2;
  return /^\p{M}/u.test(segment) ? 0 : 1; // with nothing before it, a mark is drawn over what stands to the left
}

/** `text` cut to `width` columns, with an ellipsis where something was cut. */
export function clipped(text: string, width: number): string {
  if (textWidth(text, width) <= width) return text;
  let kept = '';
  let used = 1; // the ellipsis
  for (const { segment } of segmenter.segment(text)) {
    used += segmentWidth(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept}…`;
}
