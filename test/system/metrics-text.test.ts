import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../cli/run-cli.ts';
import { freePort } from '../support/free-port.ts';
import { wantParts } from './support/parts.ts';
import { startRouter } from './support/router.ts';
import { connectSdk } from './support/sdk.ts';

// What Prometheus' own parser reads of `/metrics`.

wantParts('python3-prometheus-client');

/** Debian's, which has Debian's packages; another may come first in PATH. */
const PYTHON = '/usr/bin/python3';

/** Prints each family with its help, type and samples as JSON. The parser gives one that it knows only from samples the type `unknown`. */
const READ_FAMILIES = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
text = sys.stdin.buffer.read().decode('utf-8')
print(json.dumps([
  {'name': f.name, 'help': f.documentation, 'type': f.type, 'samples': [[s.name, s.labels, s.value] for s in f.samples]}
  for f in text_string_to_metric_families(text)
]))
`;

interface Family {
  /** A counter's without `_total`. */
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly (readonly [name: string, labels: Readonly<Record<string, string>>, value: number])[];
}

async function parse(text: string): Promise<readonly Family[]> {
  const running = promisify(execFile)(PYTHON, ['-c', READ_FAMILIES]);
  running.child.stdin?.end(text);
  return JSON.parse((await running).stdout) as readonly Family[];
}

async function scrape(http: string): Promise<readonly Family[]> {
  const response = await fetch(`${http}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parse(await response.text());
}

/** The sum of the samples of this name that have these labels. */
function valueOf(families: readonly Family[], name: string, labels: Readonly<Record<string, string>> = {}): number {
  return families
    .flatMap(({ samples }) => samples)
    .filter(([of, has]) => of === name && Object.entries(labels).every(([label, value]) => has[label] === value))
    .reduce((sum, [, , value]) => sum + value, 0);
}

describe('/metrics, as the reference parser reads it', () => {
  it('has the numbers of two sinks, one of them away, and a name that tries to be more than a name', async () => {
    const dir = await tempDir();
    const router = await startRouter({
      sinks: {
        orders: { kind: 'file', path: join(dir, 'orders.ndjson') },
        away: { kind: 'sentry', dsn: `http://key@127.0.0.1:${await freePort()}/1` },
      },
      routes: [
        { match: { type: 'order.*' }, to: ['orders'] },
        { match: { type: 'exception' }, to: ['away'] },
      ],
    });
    const hostile = 'a"} 1\nmetlog_forged_total{x="\\';
    const metlog = connectSdk({ dest: router.udp });
    for (let n = 0; n < 100; n++) metlog.send('order.placed', { metadata: { n } });
    for (let n = 0; n < 3; n++) metlog.exception(new Error('no'), { metadata: { n } });
    for (let n = 0; n < 7; n++) metlog.incr('nowhere');
    const other = connectSdk({ dest: router.udp, logger: hostile });
    other.send('order.placed', {});
    await Promise.all([metlog.close(), other.close()]); // each with a report, which no route takes
    const sent = 100 + 3 + 7 + 1 + 2;

    const read = async (): Promise<Readonly<Record<string, number>>> => {
      const families = await scrape(router.http);
      return {
        accepted: valueOf(families, 'metlog_input_accepted_total'),
        received: valueOf(families, 'metlog_path_received_messages'),
        ofHostile: valueOf(families, 'metlog_path_received_messages', { logger: hostile }),
        missing: valueOf(families, 'metlog_path_missing_messages'),
        closed: valueOf(families, 'metlog_path_senders', { state: 'closed' }),
        delivered: valueOf(families, 'metlog_sink_delivered_total', { sink: 'orders' }),
        waiting: valueOf(families, 'metlog_sink_waiting_messages', { sink: 'away' }),
        hasFailed: Math.min(1, valueOf(families, 'metlog_sink_failures_total', { sink: 'away' })),
        states: valueOf(families, 'metlog_sink_state'),
        unmatched: valueOf(families, 'metlog_unmatched_total'),
      };
    };
    await expect.poll(read).toEqual({
      accepted: sent,
      received: sent,
      ofHostile: 2,
      missing: 0,
      closed: 2,
      delivered: 101,
      waiting: 3,
      hasFailed: 1,
      states: 2, // each sink is in one
      unmatched: 9,
    });
  });

  it('has help and a type for every family, and no sample twice', async () => {
    const dir = await tempDir();
    const router = await startRouter({
      sinks: { orders: { kind: 'file', path: join(dir, 'orders.ndjson') } },
      routes: [{ match: { type: 'order.*' }, to: ['orders'] }],
    });
    const families = await scrape(router.http);
    expect(families.length).toBeGreaterThan(40);
    expect(families.filter(({ help, type }) => help === '' || !['counter', 'gauge'].includes(type))).toEqual([]);
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
    const samples = families.flatMap((family) =>
      family.samples.map(([name, labels]) => JSON.stringify([name, labels])),
    );
    expect(new Set(samples).size).toBe(samples.length);
    const known = families.find(({ name }) => name === 'process_start_time_seconds');
    expect(known?.samples[0]?.[2]).toBeLessThanOrEqual(Date.now() / 1_000);
  });
});
