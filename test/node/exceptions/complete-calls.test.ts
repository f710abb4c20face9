import { describe, expect, it } from 'vitest';
import { describeException } from '../../../src/core/exception.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { createCompleteCalls } from '../../../src/node/exceptions/complete-calls.ts';
import { keepLocals } from '../../../src/node/exceptions/locals.ts';

type Described = { frames: JsonObject[]; cause?: Described; errors?: Described[] };

function describeIt(thrown: unknown) {
  const mechanism = { type: 'generic', handled: true };
  const { exception, payload } = describeException(thrown, mechanism, () => false, createCompleteCalls());
  return { exception: exception as unknown as Described, payload };
}

/** An error whose stack has so many frames of this file. */
function deepError(count: number, options?: ErrorOptions): Error {
  const error = new Error('deep', options);
  const line = `    at run (${import.meta.filename}:20:9)`;
  error.stack = ['Error: deep', ...Array.from({ length: count }, () => line)].join('\n');
  return error;
}

const withContext = (described: Described): number =>
  described.frames.filter((frame) => 'context_line' in frame).length;

describe('createCompleteCalls', () => {
  it('adds the source to the frames of the application alone', () => {
    const { exception, payload } = describeIt(new Error('here'));
    const [outer, inner] = [exception.frames[0]!, exception.frames.at(-1)!];
    expect(inner).toMatchObject({ filename: import.meta.filename, in_app: true });
    expect(inner['context_line']).toContain("describeIt(new Error('here'))");
    expect(outer).toMatchObject({ in_app: false });
    expect(outer).not.toHaveProperty('context_line');
    expect(payload).toContain(`${import.meta.filename}:`);
  });

  it('adds it to the innermost of many, and to fewer of causes and members', () => {
    const error = deepError(40, { cause: deepError(40) });
    const { exception } = describeIt(error);
    expect([withContext(exception), withContext(exception.cause!)]).toEqual([15, 4]);
    expect(exception.frames.at(-1)).toHaveProperty('context_line');
    const gathered = describeIt(new AggregateError([deepError(40), deepError(40)], 'all')).exception;
    expect(gathered.errors!.map(withContext)).toEqual([4, 4]);
  });

  it('shows the variables of what was thrown and of its first cause', () => {
    const errors = [2, 1, 0].reduce<Error[]>((made, _, index) => {
      const error = deepError(1, { cause: made[0] });
      keepLocals(error, [{ function: 'run', filename: import.meta.filename, lineno: 20, vars: { index } }]);
      return [error, ...made];
    }, []);
    const { exception, payload } = describeIt(errors[0]);
    const { cause } = exception;
    expect([exception, cause, cause!.cause].map((one) => one!.frames[0]!['vars'])).toEqual([
      { index: 2 },
      { index: 1 },
      undefined,
    ]);
    expect(payload.match(/^ {8}index = \d$/gm)).toEqual(['        index = 2', '        index = 1']);
  });

  it('leaves all as it is where nothing can be added', () => {
    const error = new Error('far');
    error.stack = 'Error: far\n    at run (/no/such/file.js:1:2)\n    at node:internal/timers:5:7';
    const { exception, payload } = describeIt(error);
    expect(payload).toBe(error.stack);
    expect(exception.frames.at(-1)).toEqual({
      function: 'run',
      filename: '/no/such/file.js',
      lineno: 1,
      colno: 2,
      in_app: true,
    });
  });
});
