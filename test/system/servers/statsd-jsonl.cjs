// A back end of statsd: appends what a flush holds as one JSON line, synchronously, so that the last flush, at SIGTERM, is written as well.
const { appendFileSync } = require('node:fs');
exports.init = (_startSeconds, config, events) =>
  events.on('flush', (_seconds, { counters, counter_rates, timers, timer_data, gauges }) =>
    appendFileSync(config.jsonl.file, `${JSON.stringify({ counters, counter_rates, timers, timer_data, gauges })}\n`),
  );
