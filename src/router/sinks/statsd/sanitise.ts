const CLEAN = /^[\w.=-]*$/;

/**
 * `text` as statsd 0.9.0 itself would make it of a name: white space is `_`, a slash is `-`, and what is none of `[a-zA-Z0-9_\-.;=]` goes,
 * with it all that means something in a line (`:`, `|`, `@`, `#`, `,`, newlines). A semicolon, which begins a tag, is `_` as well.
 * https://github.com/statsd/statsd/blob/v0.9.0/stats.js (sanitizeKeyName)
 */
export function sanitised(text: string): string {
  if (CLEAN.test(text)) return text;
  return text
    .replace(/\s+/g, '_')
    .replaceAll('/', '-')
    .replaceAll(';', '_')
    .replace(/[^\w.=-]/g, '');
}

/** The same, as one level of a name: a host's dots are none between levels. */
export const oneLevel = (text: string): string => sanitised(text).replaceAll('.', '_');

/**
 * `name`, unless statsd would take it for something else: it looks metrics up in plain objects, and a timer `constructor` ends its process, as
 * every object has one.
 */
export const statsdKey = (name: string): string => (name in Object.prototype ? `${name}_` : name);
