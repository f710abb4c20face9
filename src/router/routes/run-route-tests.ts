import { compileRoutes } from './compile-routes.ts';
import type { Route, RouteTest } from './route.ts';
import { testMessage } from './test-message.ts';

/** A route test that failed. */
export interface RouteTestFailure {
  /** Its index in `routeTests`. */
  readonly test: number;
  readonly name: string | undefined;
  /** Sinks that the message reaches; undefined if it is no message. */
  readonly reached: readonly string[] | undefined;
  readonly wanted: readonly string[];
}

/** Runs the tests and tells of those that failed, in order. */
export function runRouteTests(
  tests: readonly RouteTest[],
  routes: readonly Route[],
  sinkNames: readonly string[],
): readonly RouteTestFailure[] {
  const { targets } = compileRoutes(routes, sinkNames);
  return tests.flatMap(({ name, message: fields, to }, test) => {
    const made = testMessage(fields, Date.now());
    const reached = made.ok ? sinkNames.filter((_, index) => targets(made.message).includes(index)) : undefined;
    const wanted = new Set(to);
    const passed = reached?.length === wanted.size && reached.every((sink) => wanted.has(sink));
    return passed ? [] : [{ test, name, reached, wanted: to }];
  });
}
