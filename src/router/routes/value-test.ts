import { isRecord } from '../../core/json.ts';
import { anyPattern } from '../../core/name-pattern.ts';

/** A value that a condition can name. */
export type Scalar = string | number | boolean | null;

/** A condition, read. Plain data, so that it can be said in other languages too. */
export type ValueTest =
  | { readonly kind: 'any'; readonly values: readonly Scalar[]; readonly patterns: readonly string[] }
  | { readonly kind: 'range'; readonly min: number; readonly max: number }
  | { readonly kind: 'not'; readonly test: ValueTest };

/** Whether a value passes; undefined stands for one that is absent. */
export type ValueVerdict = (value: unknown) => boolean;

/** `not` inside `not`: nobody means more, and an object that holds itself has no end. */
const MAX_DEPTH = 8;

/** What `condition` says; undefined if it is none. */
export function parseCondition(condition: unknown, depth = 0): ValueTest | undefined {
  if (isScalar(condition)) return anyOf([condition]);
  if (Array.isArray(condition)) {
    const values: readonly unknown[] = condition;
    return values.length > 0 && values.every(isScalar) ? anyOf(values) : undefined;
  }
  if (!isRecord(condition)) return undefined;
  const keys = Object.keys(condition);
  if (keys.length === 1 && keys[0] === 'not') {
    const test = depth < MAX_DEPTH ? parseCondition(condition['not'], depth + 1) : undefined;
    return test && { kind: 'not', test };
  }
  const { min = -Infinity, max = Infinity } = condition;
  const isRange = keys.length > 0 && keys.every((key) => key === 'min' || key === 'max');
  if (!isRange || typeof min !== 'number' || typeof max !== 'number' || !(min <= max)) return undefined;
  return { kind: 'range', min, max };
}

/** The test as a function. A text with `*` is a pattern; numbers, booleans and null equal only themselves; a range takes numbers alone. */
export function compileValueTest(test: ValueTest): ValueVerdict {
  if (test.kind === 'not') {
    const verdict = compileValueTest(test.test);
    return (value) => !verdict(value);
  }
  if (test.kind === 'range') {
    const { min, max } = test;
    return (value) => typeof value === 'number' && value >= min && value <= max;
  }
  const { values, patterns } = test;
  const fits = anyPattern(patterns);
  const known = new Set<unknown>(values);
  if (fits !== null) return (value) => known.has(value) || (typeof value === 'string' && fits(value));
  const [only] = values;
  return values.length === 1 ? (value) => value === only : (value) => known.has(value);
}

/** Every value that the test names, patterns too, also inside `not`; none for a range. */
export function namedValues(test: ValueTest): readonly Scalar[] {
  if (test.kind === 'not') return namedValues(test.test);
  return test.kind === 'any' ? [...test.values, ...test.patterns] : [];
}

function anyOf(given: readonly Scalar[]): ValueTest {
  const isPattern = (value: Scalar): value is string => typeof value === 'string' && value.includes('*');
  return { kind: 'any', values: given.filter((value) => !isPattern(value)), patterns: given.filter(isPattern) };
}

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  value === null ||
  (typeof value === 'number' && Number.isFinite(value));
