/** Longest `type` and `logger`, in UTF-16 units: names, not texts; longer ones are mistakes that would swell every index over them. */
export const MAX_NAME_LENGTH = 256;

export function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME_LENGTH;
}
