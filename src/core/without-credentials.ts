/** A value of a query or a fragment, and what it is of. */
const PARAMETER = /([?&;#][\w.-]+=)[^&;#\s]+/g;

/**
 * The text with what may be a secret in an address left out: what stands before its `@`, a user, a password or a key in which people leave any character as it is, and what stands behind its `?` or
 * `#`, as a token. Where each may be a part of the other, nothing but the scheme is left.
 */
export function withoutCredentials(text: string): string {
  const start = text.indexOf('//') + 2;
  if (start < 2) return text.replace(PARAMETER, '$1…');
  const [scheme, rest] = [text.slice(0, start), text.slice(start)];
  const at = rest.lastIndexOf('@');
  const query = rest.search(/[?#]/);
  if (query !== -1 && query < at) return `${scheme}…`;
  const end = query === -1 ? rest.slice(at + 1) : `${rest.slice(at + 1, query + 1)}…`;
  return scheme + (at === -1 ? '' : '…@') + end;
}
