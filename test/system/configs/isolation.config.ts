import { join } from 'node:path';
import type { RouterConfig } from '../../../src/router/router-config.ts';
import { dir, hung, quick, slow } from './faulty-sinks.ts';

// Five sinks that get the same messages, four of which can be at fault.

export default {
  sinks: {
    quick,
    hung,
    slow,
    failing: { kind: 'sentry', dsn: process.env['TEST_DSN'] ?? '' },
    full: { kind: 'file', path: join(dir, 'disk', 'full.ndjson') },
  },
  routes: [
    { match: { type: ['order.placed', 'exception'] }, to: ['quick', 'hung', 'slow', 'full'] },
    { match: { type: 'exception' }, to: ['failing'] },
  ],
} satisfies RouterConfig;
