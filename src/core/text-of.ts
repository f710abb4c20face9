/** Longest that is shown, in UTF-16 units. */
const MAX_LENGTH = 300;

/** What an error says, without its name; any other value as `textOf` has it. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : textOf(thrown));

/** Any value, most of all what was thrown, for a sentence: short, and never failing. */
export function textOf(value: unknown): string {
  try {
    const text = String(value);
    return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  } catch {
    return 'something that has no text'; // an object without a prototype, or with a toString that throws
  }
}
