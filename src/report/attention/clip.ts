/** What a line has room for. */
const MAX_LENGTH = 160;

/** Line breaks and other controls, and what turns the direction of all that follows. https://www.unicode.org/reports/tr9/ */
const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/** What a message says, in one line that does nothing to the words around it, and not too long. */
export function clip(text: string): string {
  const read = text.slice(0, 4 * MAX_LENGTH).replace(CONTROLS, ' ');
  const line = read.replace(/\s+/g, ' ').trim();
  // No character is cut in two.
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH).replace(/[\ud800-\udbff]$/, '')}…` : line;
}
