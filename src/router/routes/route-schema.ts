import * as z from 'zod/mini';
import { isRecord } from '../../core/json.ts';
import { isSeverity } from '../../core/severity.ts';
import { chosenSchema } from '../chosen-schema.ts';
import { isMatchField, MATCH_FIELDS, metadataPath, type MatchField } from './match-key.ts';
import type { Match, Route, RouteTest } from './route.ts';
import { namedValues, parseCondition, type ValueTest } from './value-test.ts';

/** Longer texts are no names, and a match is looked at for every message. */
const MAX_TEXT_LENGTH = 1_024;

const TEXTS = 'a text that is not empty, in which * stands for any text, a list of such texts, or { not: … }';
/** What a condition on each key must be. */
const WANTED: Readonly<Record<MatchField | 'metadata', string>> = {
  type: TEXTS,
  logger: TEXTS,
  key: TEXTS,
  severity: 'a whole number from 0 to 7, a list of them, { min, max } with one of both at least, or { not: … }',
  via: '"udp", "http", a list of them, or { not: … }',
  metadata: 'a value, a list of values, { min, max } with numbers, or { not: … }',
};
const MATCH = 'an object of conditions on type, logger, severity, key, via or metadata.<name>';

const NO_KEY = `is no key of a match; the keys are ${MATCH_FIELDS.join(', ')} and metadata.<name>`;

/** Conditions on a message. Errors name the key. */
export const matchSchema: z.ZodMiniType<Match> = z.unknown().check(({ value, issues }) => {
  if (!isRecord(value)) {
    issues.push({ code: 'custom', message: MATCH, input: value });
    return;
  }
  for (const [key, condition] of Object.entries(value)) {
    if (!isMatchField(key) && metadataPath(key) === undefined) {
      issues.push({ code: 'custom', params: { fault: NO_KEY }, path: [key], input: value });
      continue;
    }
    const want = conditionProblem(key, condition);
    if (want !== undefined) issues.push({ code: 'custom', message: want, path: [key], input: value });
  }
}) as unknown as z.ZodMiniType<Match>; // the check has looked at every key

const sinkNames = z
  .array(z.string('the name of a sink'), 'a list of sinks')
  .check(z.minLength(1, 'a list of at least one sink'));
const matchRoute = z.strictObject({ match: matchSchema, to: sinkNames });
const otherwiseRoute = z.strictObject({ otherwise: z.literal(true, 'true'), to: sinkNames });

const ROUTE = 'a route: either { match: { … }, to: [ … ] } or { otherwise: true, to: [ … ] }';

export const routeSchema: z.ZodMiniType<Route> = chosenSchema<Route>((value) => {
  if (!isRecord(value) || 'match' in value === 'otherwise' in value) return { want: ROUTE };
  return { schema: 'match' in value ? matchRoute : otherwiseRoute };
});

export const routeTestSchema: z.ZodMiniType<RouteTest> = z.strictObject({
  name: z.exactOptional(z.string('a text')),
  message: z.record(z.string(), z.unknown(), 'an object: a message with at least a type'),
  to: z.array(z.string('the name of a sink'), 'a list of sinks, empty for none'),
});

/** What is wanted of the condition; undefined if it is sound. */
function conditionProblem(key: string, condition: unknown): string | undefined {
  const field = isMatchField(key) ? key : 'metadata';
  const test = parseCondition(condition);
  return test !== undefined && suits(field, test) ? undefined : WANTED[field];
}

function suits(field: MatchField | 'metadata', test: ValueTest): boolean {
  const values = namedValues(test);
  if (values.some((value) => typeof value === 'string' && value.length > MAX_TEXT_LENGTH)) return false;
  if (field === 'metadata') return true;
  if (field === 'severity') return values.every(isSeverity);
  if (isRange(test)) return false;
  if (field === 'via') return values.every((value) => value === 'udp' || value === 'http');
  return values.every((value) => typeof value === 'string' && value !== '');
}

const isRange = (test: ValueTest): boolean => (test.kind === 'not' ? isRange(test.test) : test.kind === 'range');
