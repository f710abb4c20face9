import { messageOf } from '../../core/text-of.ts';
import { compileRoutes } from '../routes/compile-routes.ts';
import type { Routing } from '../routes/routing.ts';
import type { DeliveryConfig } from './delivery-port.ts';

/** The routes, compiled. A message that they fail at goes nowhere, rather than to end all delivery. */
export function compileGuarded({ sinks, routes }: DeliveryConfig, onTrouble: (text: string) => void): Routing {
  const routing = compileRoutes(routes, Object.keys(sinks));
  return {
    sinks: routing.sinks,
    targets(message) {
      try {
        return routing.targets(message);
      } catch (error) {
        onTrouble(`a message of ${message.logger} could not be routed: ${messageOf(error)}`);
        return [];
      }
    },
  };
}
