import { compileMatch } from '../router/routes/compile-match.ts';
import type { ReceivedMessage } from '../router/received-message.ts';
import type { ResolvedRouterConfig } from '../router/config.ts';
import { explainRoutes, type FailedCondition, type RouteExplanation } from '../router/routes/explain-routes.ts';
import type { Match } from '../router/routes/route.ts';
import { parseCondition, type Scalar, type ValueTest } from '../router/routes/value-test.ts';
import { clipped, safeText } from './terminal-text.ts';

/** Longest value that is shown whole, in columns. */
const VALUE_WIDTH = 60;

/** Where a message goes and why, a line for each route, for a terminal. */
export function explainText(
  message: ReceivedMessage,
  { sinks, routes, archive }: Pick<ResolvedRouterConfig, 'sinks' | 'routes' | 'archive'>,
): string {
  const { sinks: reached, routes: explained } = explainRoutes(routes, Object.keys(sinks), message);
  const from = `${message.type} from ${message.logger}, severity ${message.severity}, by ${message.via}`;
  const key = message.key === undefined ? '' : `, signed with ${message.key}`;
  const lines = [
    `${from}${key}: ${reached.length === 0 ? 'no sink gets it' : `goes to ${reached.join(', ')}`}`,
    `  archive: ${archiveVerdict(message, archive)}`,
    ...explained.map((route, index) => `  routes.${index} to ${route.to.join(', ')}: ${verdictOf(route)}`),
  ];
  return lines.map((line) => `${safeText(line)}\n`).join('');
}

function archiveVerdict(message: ReceivedMessage, { only, except }: ResolvedRouterConfig['archive']): string {
  const fits = (match: Match): boolean => {
    const { meetsFields, meetsMetadata } = compileMatch(match);
    return meetsFields(message) && (meetsMetadata?.(message.metadata) ?? true);
  };
  if (only?.some(fits) === false) return 'leaves it out, as it fits nothing in archive.only';
  return except.some(fits) ? 'leaves it out, as archive.except says' : 'takes it';
}

function verdictOf({ applied, failed, takenBy }: RouteExplanation): string {
  if (applied) return 'applies';
  if (takenBy.length > 0)
    return `does not apply: ${joined(
      takenBy.map((index) => `routes.${index}`),
      'and',
    )} took it`;
  return `does not apply: ${failed.map(failureText).join('; ')}`;
}

function failureText({ key, came, wanted }: FailedCondition): string {
  const test = parseCondition(wanted);
  const want = test === undefined ? 'something else' : testText(test);
  return `${key} is ${came === undefined ? 'absent' : clipped(JSON.stringify(came), VALUE_WIDTH)}, wanted ${want}`;
}

function testText(test: ValueTest): string {
  if (test.kind === 'any') return joined([...test.values, ...test.patterns].map(valueText), 'or');
  if (test.kind === 'not') return `anything but ${testText(test.test)}`;
  const { min, max } = test;
  if (max === Infinity) return `at least ${min}`;
  return min === -Infinity ? `at most ${max}` : `${min} to ${max}`;
}

const valueText = (value: Scalar): string => JSON.stringify(value);

function joined(words: readonly string[], last: string): string {
  const [tail = '', ...head] = [...words].reverse();
  return head.length === 0 ? tail : `${head.reverse().join(', ')} ${last} ${tail}`;
}
