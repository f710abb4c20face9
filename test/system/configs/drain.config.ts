import type { RouterConfig } from '../../../src/router/router-config.ts';
import { hung, quick, slow } from './faulty-sinks.ts';

export default {
  sinks: { quick, slow, hung },
  routes: [{ match: { type: 'order.placed' }, to: ['quick', 'slow', 'hung'] }],
} satisfies RouterConfig;
