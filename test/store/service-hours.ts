import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createMerger } from '../../src/store/merge/merge.ts';
import { createArchiveWriter } from '../../src/store/segment-to-parquet.ts';

// Hours of many services in an archive, as its own writer and merger leave them where it is copied to a store: what an engine then has to read of it.

export const SERVICES = 300;
export const HOURS_DAY = '2026-11-22';
/** Names of metrics of each service. */
const NAMES_OF_EACH = 10;
const FINGERPRINTS_OF_EACH = 2;
/** Of a hundred messages. */
const SHARES = { counter: 60, timer: 25, gauge: 5, log: 7, 'order.placed': 1, 'order.paid': 1, exception: 1 } as const;
const TYPES = Object.entries(SHARES).flatMap(([type, share]) => Array.from({ length: share }, () => type));
/** Shares no divisor with the number of types, services or names, so that all of them meet. */
const STRIDE = 7_919;
const SEGMENTS_AN_HOUR = 60;
const HOUR_MS = 3_600_000;

export interface ServiceHours {
  readonly hours: number;
  readonly messagesAnHour: number;
}

/** The name of a counter, a timer and a gauge, one of three thousand. */
export const A_NAME = 'service-17.step3.done';

/** Writes the hours, one after the other, each merged into a file when it is over. */
export async function writeServiceHours(dir: string, { hours, messagesAnHour }: ServiceHours): Promise<void> {
  await mkdir(dir, { recursive: true });
  const writer = await createArchiveWriter(dir);
  const merger = await createMerger(dir, { retentionDays: Infinity });
  const path = join(dir, '..', 'segment.ndjson');
  const dayMs = Date.parse(`${HOURS_DAY}T00:00:00Z`);
  const stepMs = HOUR_MS / SEGMENTS_AN_HOUR;
  let first = 0;
  for (let hour = 0; hour < hours; hour++) {
    for (let part = 0; part < SEGMENTS_AN_HOUR; part++) {
      const end = hour * messagesAnHour + Math.round((messagesAnHour * (part + 1)) / SEGMENTS_AN_HOUR);
      const fromMs = dayMs + hour * HOUR_MS + part * stepMs;
      await writeFile(path, segmentText(first, end, fromMs, stepMs));
      await writer.write({ path, first, count: end - first, dt: HOURS_DAY });
      first = end;
    }
    await merger.run({ before: first, now: dayMs + (hour + 1) * HOUR_MS - 1, all: true }); // the day is not over
  }
  await rm(path);
  await writer.close();
  await merger.close();
}

/** The messages of a while, service by service as datagrams are, each with its own time. */
function segmentText(first: number, end: number, fromMs: number, lengthMs: number): string {
  const lines: string[] = [];
  const ofEach = Math.ceil((end - first) / SERVICES);
  for (let index = first; index < end; index++) {
    const service = Math.floor((index - first) / ofEach);
    const timestamp = new Date(fromMs + ((index * STRIDE) % lengthMs)).toISOString();
    if ((index - first) % ofEach === 0) lines.push(header(service, index, timestamp));
    lines.push(JSON.stringify({ timestamp, ...message(index, service) }));
  }
  return `${lines.join('\n')}\n`;
}

const header = (service: number, seq: number, at: string): string =>
  JSON.stringify({
    metlog: 1,
    logger: `service-${service}`,
    hostname: `host-${service % 40}`,
    pid: 1_000 + service,
    sender: `sender-${service}`,
    seq,
    sent: at,
    received: at,
    via: 'udp',
  });

function message(index: number, service: number): Readonly<Record<string, unknown>> {
  const draw = Math.imul(index, STRIDE) >>> 0;
  const type = TYPES[(draw >>> 8) % TYPES.length] ?? '';
  const at = (draw >>> 16) % NAMES_OF_EACH;
  const name = `service-${service}.step${at}.done`;
  switch (type) {
    case 'counter':
      return { type, severity: 6, payload: '1', metadata: { name, rate: 1 } };
    case 'timer':
    case 'gauge':
      return { type, severity: 6, payload: String((draw % 100_000) / 1_000), metadata: { name, rate: 1 } };
    case 'log':
      return { type, severity: 6, payload: `took step ${at} of request ${draw}`, metadata: { request: draw } };
    case 'exception':
      return exception(service, draw);
    default:
      return { type, severity: 6, payload: '', metadata: { total: (draw % 5_000) / 4, currency: 'EUR', items: at } };
  }
}

function exception(service: number, draw: number): Readonly<Record<string, unknown>> {
  const fingerprint = `f-${service}-${draw % FINGERPRINTS_OF_EACH}`;
  const frames = Array.from({ length: 8 }, (_, depth) => ({
    function: `step${depth}`,
    filename: `/srv/service-${service}/src/module${depth}.js`,
    lineno: 10 + depth,
    colno: 7,
    in_app: depth > 2,
  }));
  const value = `card declined for order ${draw}`;
  return {
    type: 'exception',
    severity: 3,
    payload: `PaymentDeclined: ${value}`,
    metadata: {
      exception: { type: 'PaymentDeclined', value, frames, fingerprint, mechanism: 'generic', handled: true },
    },
  };
}
