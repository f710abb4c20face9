import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** Room for any number of a message; JSON allows the spaces behind a shorter one. */
const SEQ_WIDTH = 12;
const TIMESTAMP_LENGTH = 24;
const TIMESTAMP = '2026-01-01T00:00:00.000Z';
/** The metadata of the application's own type has no other text like this. */
const TIMESTAMP_KEY = '"timestamp":"';

/** A message of a service: mostly counters and timers of 200 names, some gauges, one in ten of its own type. */
function messageLine(index) {
  const name = `shop.step${index % 200}.done`;
  const line = (type, payload, metadata) =>
    JSON.stringify({ type, timestamp: TIMESTAMP, severity: 6, payload: String(payload), metadata });
  const kind = index % 10;
  if (kind < 5) return line('counter', 1, { name, rate: 1 });
  if (kind < 8) return line('timer', ((index * 7919) % 100_000) / 1_000, { name, rate: 1 });
  if (kind < 9) return line('gauge', index % 1_000, { name, rate: 1 });
  return line('order.placed', '', { total: (index % 5_000) / 4, currency: 'EUR', items: index % 7 });
}

/**
 * Datagrams made beforehand, of which only the numbers and times are written when they are sent: what an SDK writes, at the rate of many.
 * Filled up to `datagramBytes`; 0 means one message each.
 */
export function createDatagrams({ datagramBytes, count, logger }) {
  const sender = randomBytes(12).toString('base64url');
  const header = `{"metlog":1,"logger":"${logger}","hostname":${JSON.stringify(hostname())},"pid":${process.pid},"sender":"${sender}","seq":${' '.repeat(SEQ_WIDTH)},"sent":"${TIMESTAMP}"}\n`;
  const seqAt = header.indexOf('"seq":') + '"seq":'.length;
  const sentAt = header.indexOf('"sent":"') + '"sent":"'.length;
  let index = 0;
  const datagrams = Array.from({ length: count }, () => {
    let text = header;
    const times = [sentAt];
    let messages = 0;
    for (
      let line = messageLine(index);
      messages === 0 || text.length + line.length + 1 <= datagramBytes;
      line = messageLine(index)
    ) {
      times.push(text.length + line.indexOf(TIMESTAMP_KEY) + TIMESTAMP_KEY.length);
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
      bytes.write(String(seq).padEnd(SEQ_WIDTH), seqAt, 'latin1');
      for (const at of times) for (let i = 0; i < TIMESTAMP_LENGTH; i++) bytes[at + i] = now[i];
      seq += messages;
      return datagram;
    },
  };
}
