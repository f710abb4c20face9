/** Express wraps the applications that are mounted within another in a function of this name. */
export const MOUNTED_APPLICATION = 'mounted_app';

/** A route's path as text: a pattern, an expression, or several of them. */
export function pathText(path: unknown): string {
  return Array.isArray(path) ? path.map(String).join('|') : String(path);
}

/** The pattern of the routers around a route, and its own path, as one. */
export function wholePath(around: string, path: string): string {
  return (around + path).replace(/(.)\/$/, '$1');
}
