import {
  InMemoryMetricExporter,
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { StatsD } from 'hot-shots';
import pino from 'pino';

/** Calls between two turns of the event loop. What is sent has to leave in between: a service too does not count all day without a pause. */
const SENDING = 250;
/** Where nothing is sent for each call, so many that the turn itself does not show. */
const QUIET = 20_000;

/** Metrics have names, more than one of them, and the same ones again and again. A power of two. */
const NAMES = Array.from({ length: 64 }, (_, index) => `checkout.step${index}.count`);
/** What fits into one frame of most networks: hot-shots is set to it, and so is Metlog but to a loopback address. */
const ORDINARY_DATAGRAM_BYTES = 1_432;
/** What Metlog fills to a loopback address. */
const LOOPBACK_DATAGRAM_BYTES = 16_384;
const work = () => undefined;

/**
 * What is measured: `open` makes what a service would have, and answers `burst`, which makes `count` calls, and `finish`, which sends the
 * rest and answers what the variant itself says of it. `peer` is what it is held against.
 */
export const VARIANTS = {
  loop: {
    label: 'an empty loop',
    calls: QUIET,
    open: () => ({
      burst(count) {
        for (let i = 0; i < count; i++) work(NAMES[i & 63]);
      },
    }),
  },

  incr: { label: '`incr`, 16 KiB', peer: 'hotShots', calls: SENDING, open: metlog({}, incr) },
  incr1432: {
    label: '`incr`, 1432 bytes',
    peer: 'hotShots',
    calls: SENDING,
    open: metlog({ maxDatagramBytes: ORDINARY_DATAGRAM_BYTES }, incr),
  },
  hotShots: {
    label: 'hot-shots `increment`, 1432 bytes',
    calls: SENDING,
    open: hotShots({}, (client, name) => client.increment(name)),
  },
  hotShots16k: {
    label: 'hot-shots `increment`, 16 KiB',
    calls: SENDING,
    open: hotShots({ maxBufferSize: LOOPBACK_DATAGRAM_BYTES }, (client, name) => client.increment(name)),
  },

  incrMetadata: {
    label: '`incr` with metadata',
    peer: 'hotShotsTags',
    calls: SENDING,
    open: metlog({}, (client) => (count) => {
      for (let i = 0; i < count; i++) client.incr(NAMES[i & 63], { metadata: { route: '/cart', status: 200 } });
    }),
  },
  hotShotsTags: {
    label: 'hot-shots `increment` with tags',
    calls: SENDING,
    open: hotShots({}, (client, name) => client.increment(name, { route: '/cart', status: '200' })),
  },

  timer: {
    label: '`timer().stop()`',
    peer: 'hotShotsTiming',
    calls: SENDING,
    open: metlog({}, (client) => (count) => {
      for (let i = 0; i < count; i++) client.timer(NAMES[i & 63]).stop();
    }),
  },
  time: {
    label: '`time(name, fn)`',
    peer: 'hotShotsTimer',
    calls: SENDING,
    open: metlog({}, (client) => (count) => {
      for (let i = 0; i < count; i++) client.time(NAMES[i & 63], work);
    }),
  },
  hotShotsTiming: {
    label: 'hot-shots `timing`, the clock read twice',
    calls: SENDING,
    open: hotShots({}, (client, name) => {
      const startedMs = performance.now();
      client.timing(name, performance.now() - startedMs);
    }),
  },
  hotShotsTimer: {
    label: 'hot-shots `timer(fn)()`',
    calls: SENDING,
    open: hotShots({}, (client, name) => client.timer(work, name)()),
  },

  send: {
    label: '`send` with metadata',
    peer: 'pinoAsync',
    calls: SENDING,
    open: metlog({}, (client) => (count) => {
      for (let i = 0; i < count; i++) client.send('order.placed', { metadata: { total: 12.5, currency: 'EUR' } });
    }),
  },
  pinoAsync: {
    label: 'pino `info` with an object, buffered, to /dev/null',
    calls: SENDING,
    open: pinoTo({ sync: false, minLength: 4_096 }),
  },
  pinoSync: {
    label: 'pino `info` with an object, synchronous, to /dev/null',
    calls: SENDING,
    open: pinoTo({ sync: true }),
  },

  disabled: {
    label: '`timer().stop()`, switched off',
    calls: QUIET,
    open: metlog({ timers: { 'checkout.*': 0 } }, (client) => (count) => {
      for (let i = 0; i < count; i++) client.timer(NAMES[i & 63]).stop();
    }),
  },

  aggregated: {
    label: '`incr`, aggregated',
    peer: 'hotShotsAggregated',
    calls: QUIET,
    open: metlog({ aggregate: true }, incr),
  },
  hotShotsAggregated: {
    label: 'hot-shots `increment`, aggregated',
    calls: QUIET,
    open: hotShots({ aggregation: { flushInterval: 100 } }, (client, name) => client.increment(name)),
  },
  otel: {
    label: 'OpenTelemetry `add`, one counter a name',
    calls: QUIET,
    open: openTelemetry((counters) => (count) => {
      for (let i = 0; i < count; i++) counters[i & 63].add(1);
    }),
  },
  otelAttributes: {
    label: 'OpenTelemetry `add` with attributes',
    calls: QUIET,
    open: openTelemetry((counters) => (count) => {
      for (let i = 0; i < count; i++) counters[i & 63].add(1, { route: '/cart', status: 200 });
    }),
  },
};

function incr(client) {
  return (count) => {
    for (let i = 0; i < count; i++) client.incr(NAMES[i & 63]);
  };
}

function metlog(options, toBurst) {
  return async ({ port, dist }) => {
    const { createMetlog } = await import(`${dist}/node.js`);
    const client = createMetlog({ logger: 'bench', dest: `udp://127.0.0.1:${port}`, ...options });
    return {
      burst: toBurst(client),
      async finish() {
        await client.close();
        const { accepted, sent, merged, dropped } = client.stats;
        return {
          accepted,
          sent: sent + merged,
          dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0),
        };
      },
    };
  };
}

function hotShots(options, call) {
  return async ({ port }) => {
    let failures = 0;
    const client = new StatsD({
      host: '127.0.0.1',
      port,
      maxBufferSize: ORDINARY_DATAGRAM_BYTES,
      bufferFlushInterval: 100,
      errorHandler: () => (failures += 1),
      ...options,
    });
    return {
      burst(count) {
        for (let i = 0; i < count; i++) call(client, NAMES[i & 63]);
      },
      async finish() {
        await new Promise((resolve) => client.close(resolve));
        return { dropped: failures };
      },
    };
  };
}

function pinoTo(destination) {
  return async () => {
    const stream = pino.destination({ dest: '/dev/null', ...destination });
    await new Promise((resolve) => (stream.fd >= 0 ? resolve() : stream.once('ready', resolve)));
    const logger = pino(stream);
    return {
      burst(count) {
        for (let i = 0; i < count; i++) logger.info({ total: 12.5, currency: 'EUR' }, 'order.placed');
      },
      async finish() {
        await new Promise((resolve) => stream.flush(resolve));
        return {};
      },
    };
  };
}

function openTelemetry(toBurst) {
  return async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 100, exportTimeoutMillis: 100 });
    const meter = new MeterProvider({ readers: [reader] }).getMeter('bench');
    return {
      burst: toBurst(NAMES.map((name) => meter.createCounter(name))),
      async finish() {
        await reader.forceFlush();
        exporter.reset();
        await reader.shutdown();
        return {};
      },
    };
  };
}
