/** Longest that is shown of what was thrown, in UTF-16 units. */
const MAX_LENGTH = 300;

/** What was thrown, for an error message: short, and never failing, whatever it is. */
export function errorText(thrown: unknown): string {
  try {
    const text = String(thrown);
    return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  } catch {
    return 'something that has no text'; // an object without a prototype, or with a toString that throws
  }
}
