import type { RouterConfig } from '../../../src/router/router-config.ts';
import { picky, quick } from './faulty-sinks.ts';

export default {
  sinks: { picky, quick },
  routes: [{ match: { type: 'order.placed' }, to: ['picky', 'quick'] }],
} satisfies RouterConfig;
