import type { RouteTestFailure } from '../router/routes/run-route-tests.ts';

/** A route test that failed, in one line: which it is, where its message goes, and where it was to go. */
export function routeTestText({ test, name, reached, wanted }: RouteTestFailure): string {
  const title = `routeTests.${test}${name === undefined ? '' : ` (${name})`}`;
  return `${title}: the message reaches ${listed(reached ?? [])}, wanted ${listed(wanted)}`;
}

const listed = (names: readonly string[]): string => (names.length === 0 ? 'no sink' : names.join(', '));
