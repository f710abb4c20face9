import { describe, expect, it } from 'vitest';
import type { Route } from '../../../src/router/routes/route.ts';
import { createGuardedCompiler } from '../../../src/router/delivery/guarded-compiler.ts';
import { testSink } from './delivery-bench.ts';

const sinkOf = (name: string) => testSink(name).factory;
const routesTo = (...to: string[]): Route[] => [{ match: { 'metadata.n': { min: 1 } }, to }];

describe('createGuardedCompiler', () => {
  it('gives the same routing for routes and names that are equal, whatever the sinks are', () => {
    const compile = createGuardedCompiler(() => undefined);
    const first = compile({ sinks: { a: sinkOf('a') }, routes: routesTo('a') });
    expect(compile({ sinks: { a: sinkOf('a') }, routes: routesTo('a') })).toBe(first);
    const more = compile({ sinks: { a: sinkOf('a'), b: sinkOf('b') }, routes: routesTo('a') });
    expect(more).not.toBe(first);
    expect(compile({ sinks: { a: sinkOf('a'), b: sinkOf('b') }, routes: routesTo('b') })).not.toBe(more);
  });

  it('notices routes that were changed in place', () => {
    const compile = createGuardedCompiler(() => undefined);
    const sinks = { a: sinkOf('a') };
    const routes = routesTo('a');
    const first = compile({ sinks, routes });
    routes.push({ otherwise: true, to: ['a'] });
    expect(compile({ sinks, routes })).not.toBe(first);
  });
});
