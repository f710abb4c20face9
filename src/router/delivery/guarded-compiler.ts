import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../core/text-of.ts';
import { compileRoutes } from '../routes/compile-routes.ts';
import type { Routing } from '../routes/routing.ts';
import type { DeliveryConfig } from './delivery-port.ts';

/**
 * Compiles the routes of one configuration after the other; the same routing again while routes and names of sinks stay equal. A message that
 * the routes fail at goes nowhere, rather than to end all delivery.
 */
export function createGuardedCompiler(onTrouble: (text: string) => void): (config: DeliveryConfig) => Routing {
  let last: { readonly of: unknown; readonly routing: Routing } | undefined;
  return ({ sinks, routes }) => {
    // A copy, as the caller may change what is his.
    const of = structuredClone({ names: Object.keys(sinks), routes });
    if (!isDeepStrictEqual(last?.of, of)) last = undefined;
    last ??= { of, routing: guard(compileRoutes(routes, Object.keys(sinks)), onTrouble) };
    return last.routing;
  };
}

const guard = (routing: Routing, onTrouble: (text: string) => void): Routing => ({
  sinks: routing.sinks,
  targets(message) {
    try {
      return routing.targets(message);
    } catch (error) {
      onTrouble(`a message of ${message.logger} could not be routed: ${messageOf(error)}`);
      return [];
    }
  },
});
