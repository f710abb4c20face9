import type { ReceivedMessage } from '../received-message.ts';
import { matchVerdicts } from './compile-match.ts';
import { valueReader } from './match-key.ts';
import type { Condition, Match, Route } from './route.ts';

/** A condition that a message does not meet. */
export interface FailedCondition {
  /** The match's key, e.g. `metadata.tier`. */
  readonly key: string;
  /** What the message has there; undefined for nothing. */
  readonly came: unknown;
  readonly wanted: Condition;
}

/** What one route made of a message. */
export interface RouteExplanation {
  readonly to: readonly string[];
  readonly applied: boolean;
  /** Why a match did not apply. */
  readonly failed: readonly FailedCondition[];
  /** Why an `otherwise` did not apply: indices of the routes that took the message. */
  readonly takenBy: readonly number[];
}

export interface Explanation {
  /** Names of the sinks that get the message, in the order of the configuration. */
  readonly sinks: readonly string[];
  /** One for each route, in order. */
  readonly routes: readonly RouteExplanation[];
}

/** Says for each route whether it applies to the message, and why not. Slow and plain: for people, not for traffic. */
export function explainRoutes(
  routes: readonly Route[],
  sinkNames: readonly string[],
  message: ReceivedMessage,
): Explanation {
  const failures = routes.map((route) => ('match' in route ? failedConditions(route.match, message) : undefined));
  const takers = failures.flatMap((failed, index) => (failed?.length === 0 ? [index] : []));
  const explained = routes.map(({ to }, index): RouteExplanation => {
    const failed = failures[index];
    if (failed !== undefined) return { to, applied: failed.length === 0, failed, takenBy: [] };
    return { to, applied: takers.length === 0, failed: [], takenBy: takers };
  });
  const reached = new Set(explained.flatMap(({ applied, to }) => (applied ? to : [])));
  return { sinks: sinkNames.filter((name) => reached.has(name)), routes: explained };
}

function failedConditions(match: Match, message: ReceivedMessage): readonly FailedCondition[] {
  const conditions = new Map<string, Condition | undefined>(Object.entries(match));
  return matchVerdicts(match).flatMap(([key, verdict]) => {
    const came = valueReader(key)(message);
    return verdict(came) ? [] : [{ key, came, wanted: conditions.get(key) ?? null }];
  });
}
