import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** Room for any number of a message; JSON allows the spaces behind a shorter one. */
const SEQ_WIDTH = 12;
const TIMESTAMP_LENGTH = 24;
const TIMESTAMP = '2026-01-01T00:00:00.000Z';
/** The metadata of the application's own type has no other text like this. */
const TIMESTAMP_KEY = '"timestamp":"';

/** A message of a service: mostly counters and timers of 200 names, some gauges, one in ten of its own type, and now and then an exception. */
function message(index, exceptionEvery) {
  const name = `shop.step${index % 200}.done`;
  if (index % exceptionEvery === exceptionEvery - 1) return exceptionMessage(index);
  const kind = index % 10;
  if (kind < 5) return { type: 'counter', severity: 6, payload: '1', metadata: { name, rate: 1 } };
  if (kind < 8) {
    return {
      type: 'timer',
      severity: 6,
      payload: String(((index * 7919) % 100_000) / 1_000),
      metadata: { name, rate: 1 },
    };
  }
  if (kind < 9) return { type: 'gauge', severity: 6, payload: String(index % 1_000), metadata: { name, rate: 1 } };
  return {
    type: 'order.placed',
    severity: 6,
    payload: '',
    metadata: { total: (index % 5_000) / 4, currency: 'EUR', items: index % 7 },
  };
}

function exceptionMessage(index) {
  const frames = Array.from({ length: 8 }, (_, depth) => ({
    function: `step${depth}`,
    filename: `/srv/shop/src/module${depth}.js`,
    lineno: 10 + depth,
    colno: 7,
    in_app: depth > 2,
  }));
  const value = `card declined for order ${index}`;
  return {
    type: 'exception',
    severity: 3,
    payload: `PaymentDeclined: ${value}`,
    metadata: {
      exception: { type: 'PaymentDeclined', value, frames, fingerprint: 'f00d', mechanism: 'generic', handled: true },
    },
  };
}

/** How each kind of receiver wants a message to be written; the timestamps are filled in as it is sent. */
const LINES = {
  metlog: ({ type, severity, payload, metadata }) =>
    JSON.stringify({ type, timestamp: TIMESTAMP, severity, payload, metadata }),
  statsd: ({ type, payload, metadata: { name } }) =>
    `${name ?? type}:${name ? payload : 1}|${STATSD_TYPES[type] ?? 'c'}`,
};
const STATSD_TYPES = { counter: 'c', timer: 'ms', gauge: 'g' };

/**
 * Datagrams made beforehand, of which only the numbers and times are written when they are sent: what an SDK writes, at the rate of many.
 * Filled up to `datagramBytes`; 0 means one message each. With `form` "json" there are Metlog's lines without its header, for receivers that
 * know none, with "statsd" the lines that statsd takes.
 */
export function createDatagrams({ datagramBytes, count, logger, form = 'metlog', exceptionEvery = Infinity }) {
  const sender = randomBytes(12).toString('base64url');
  const header =
    form === 'metlog'
      ? `{"metlog":1,"logger":"${logger}","hostname":${JSON.stringify(hostname())},"pid":${process.pid},"sender":"${sender}","seq":${' '.repeat(SEQ_WIDTH)},"sent":"${TIMESTAMP}"}\n`
      : '';
  const lineOf = LINES[form === 'json' ? 'metlog' : form];
  const seqAt = header.indexOf('"seq":') + '"seq":'.length;
  const sentAt = header.indexOf('"sent":"') + '"sent":"'.length;
  let index = 0;
  const nextLine = () => lineOf(message(index, exceptionEvery));
  const datagrams = Array.from({ length: count }, () => {
    let text = header;
    const times = header === '' ? [] : [sentAt];
    let messages = 0;
    for (let line = nextLine(); messages === 0 || text.length + line.length + 1 <= datagramBytes; line = nextLine()) {
      const timeAt = line.indexOf(TIMESTAMP_KEY);
      if (timeAt !== -1) times.push(text.length + timeAt + TIMESTAMP_KEY.length);
      text += `${line}\n`;
      messages += 1;
      index += 1;
    }
    return { bytes: Buffer.from(text), times, messages };
  });
  let seq = 0;
  let next = 0;
  const now = Buffer.alloc(TIMESTAMP_LENGTH);
  return {
    /** The time that the datagrams from here on say. */
    setTime(epochMs) {
      now.write(new Date(epochMs).toISOString(), 'latin1');
    },
    next() {
      const datagram = datagrams[next];
      next = (next + 1) % datagrams.length;
      const { bytes, times, messages } = datagram;
      if (header !== '') bytes.write(String(seq).padEnd(SEQ_WIDTH), seqAt, 'latin1');
      for (const at of times) for (let i = 0; i < TIMESTAMP_LENGTH; i++) bytes[at + i] = now[i];
      seq += messages;
      return datagram;
    },
  };
}
