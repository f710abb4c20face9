// What `metlog serve` is told: metrics and exceptions go where they belong, and what no route took goes to HDFS.
import { defineConfig } from 'metlog/router';

export default defineConfig({
  archive: {
    dir: process.env.METLOG_EXAMPLE_ARCHIVE, // hdfs://namenode:9870/metlog
    except: 'routed',
    hdfs: { user: 'metlog' },
    // Unsaid, a file goes there after an hour, so that there are 24 a day.
    promoteAfterMs: 100,
    mergeEveryMs: 200,
  },
  sinks: {
    metrics: { kind: 'file', path: `${process.env.METLOG_DATA_DIR}/metrics.ndjson` }, // { kind: 'statsd', host: '127.0.0.1', port: 8125 }
    errors: { kind: 'file', path: `${process.env.METLOG_DATA_DIR}/errors.ndjson` }, // { kind: 'sentry', dsn: process.env.SENTRY_DSN }
    own: { kind: 'file', path: `${process.env.METLOG_DATA_DIR}/own.ndjson` }, // what Metlog tells of itself
  },
  routes: [
    { match: { type: ['counter', 'timer', 'gauge'] }, to: ['metrics'] },
    { match: { type: 'exception' }, to: ['errors'] },
    { match: { type: 'metlog.*' }, to: ['own'] },
  ],
  types: { 'order.placed': { country: 'string', total: 'number' } },
});
