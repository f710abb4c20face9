import { describe, expect, it } from 'vitest';
import type { PathBooks, RouterBooks } from '../../src/report/books.ts';
import { metricsOf } from '../../src/report/metrics.ts';
import { prometheusText, type MetricFamily } from '../../src/report/prometheus-text.ts';
import { createMemoryRouter } from './memory-router.ts';
import { aPath, aRow, BUSY_BOOKS, BUSY_RELAY } from './some-books.ts';

const USE = { residentBytes: 100, heapBytes: 50, cpuSeconds: 1.5, startSeconds: 1_700_000_000 };

async function metrics(
  books: Partial<RouterBooks> = {},
  path: Partial<PathBooks> = {},
): Promise<readonly MetricFamily[]> {
  const router = createMemoryRouter(books, path);
  return metricsOf(await router.stats(), await router.ledger(), BUSY_RELAY, USE);
}

/** The value of the sample that is written so. */
function valueIn(families: readonly MetricFamily[], sample: string): number | undefined {
  const line = prometheusText(families)
    .split('\n')
    .find((written) => written.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
}

describe('metricsOf', () => {
  it('has those of the copy in another store, where there is one', async () => {
    const copy = {
      url: 's3://bucket',
      waitingFiles: 2,
      waitingBytes: 3_000,
      waitingMessages: 50,
      copiedFiles: 7,
      copiedBytes: 9_000,
      copiedMessages: 100,
      failures: 3,
      conflicts: 1,
      expired: 12,
      trouble: 'away',
    };
    const archive = { waiting: 0, failures: 0, setAside: 0, expired: 0, excepted: 0 };
    const expected = {
      metlog_archive_copy_waiting_files: 2,
      metlog_archive_copy_waiting_bytes: 3_000,
      metlog_archive_copy_waiting_messages: 50,
      metlog_archive_copy_files_total: 7,
      metlog_archive_copy_bytes_total: 9_000,
      metlog_archive_copy_messages_total: 100,
      metlog_archive_copy_failures_total: 3,
      metlog_archive_copy_conflicts: 1,
      metlog_archive_copy_expired_total: 12,
      metlog_archive_copy_up: 0,
    };
    const families = await metrics({ archive: { ...archive, copy } });
    for (const [sample, value] of Object.entries(expected)) expect(valueIn(families, sample), sample).toBe(value);
    const well = await metrics({ archive: { ...archive, copy: { ...copy, trouble: undefined } } });
    expect(valueIn(well, 'metlog_archive_copy_up')).toBe(1);
    expect(prometheusText(await metrics({ archive }))).not.toContain('archive_copy');
  });

  it('has the numbers of every book', async () => {
    const path = aPath([aRow({ numbered: 10, received: 7, missing: 2, dropped: { 'queue-full': 4 } })], {
      senders: { open: 3, closed: 2, silent: 1, evicted: 0 },
    });
    const families = await metrics({ ...BUSY_BOOKS, maps: { asked: 9, late: 1, broken: 2 } }, path);
    const expected = {
      metlog_input_datagrams_total: 1_200,
      metlog_input_accepted_total: 47_990,
      'metlog_input_refused_total{reason="bad-signature"}': 3,
      'metlog_input_refused_total{reason="stale"}': 0,
      metlog_relay_requests_total: 120,
      metlog_relay_accepted_total: 100,
      metlog_relay_preflights_total: 5,
      metlog_relay_pending_requests: 1,
      'metlog_relay_refused_total{reason="rate-limited"}': 12,
      'metlog_relay_refused_total{reason="busy"}': 0,
      metlog_relay_messages_total: 900,
      metlog_relay_refused_lines_total: 3,
      metlog_maps_asked_total: 9,
      metlog_maps_late_total: 1,
      metlog_maps_broken_total: 2,
      metlog_socket_dropped_datagrams_total: 12,
      metlog_socket_receive_buffer_bytes: 4_194_304,
      metlog_socket_receive_buffer_asked_bytes: 4_194_304,
      'metlog_path_received_messages{logger="shop"}': 7,
      'metlog_path_missing_messages{logger="shop"}': 2,
      metlog_path_uncounted_messages: 1,
      'metlog_path_sender_dropped_total{reason="queue-full"}': 4,
      'metlog_path_senders{state="open"}': 3,
      'metlog_sink_routed_total{sink="sentry"}': 1_500,
      'metlog_sink_delivered_total{sink="sentry"}': 290,
      'metlog_sink_waiting_messages{sink="sentry"}': 1_204,
      'metlog_sink_dead_lettered_messages{sink="sentry"}': 4,
      'metlog_sink_expired_total{sink="sentry"}': 2,
      'metlog_sink_failures_total{sink="sentry"}': 9,
      'metlog_sink_lag_seconds{sink="sentry"}': 725,
      'metlog_sink_left_out_total{sink="statsd",reason="cardinality"}': 7,
      'metlog_sink_state{sink="sentry",state="open"}': 1,
      'metlog_sink_state{sink="sentry",state="ready"}': 0,
      'metlog_sink_state{sink="statsd",state="ready"}': 1,
      metlog_unmatched_total: 40,
      metlog_unread_total: 3,
      metlog_abandoned_total: 5,
      metlog_archive_waiting_messages: 0,
      metlog_journal_segments: 0,
      process_resident_memory_bytes: 100,
      process_cpu_seconds_total: 1.5,
      process_start_time_seconds: 1_700_000_000,
    };
    const found = Object.fromEntries(Object.keys(expected).map((sample) => [sample, valueIn(families, sample)]));
    expect(found).toEqual(expected);
  });

  it('names what only rises _total, and nothing else', async () => {
    for (const { name, type } of await metrics(BUSY_BOOKS)) {
      expect(name).toMatch(/^(metlog|process)_[a-z_]+$/);
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    }
  });

  it('has each name once, with help, and each set of labels once', async () => {
    const families = await metrics(BUSY_BOOKS, aPath([aRow(), aRow({ logger: '(other)' })]));
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
    for (const { help, samples } of families) {
      expect(help).toMatch(/^[A-Z0-9].+\.$/);
      expect(new Set(samples.map(({ labels }) => JSON.stringify(labels))).size).toBe(samples.length);
    }
  });

  it('says nothing of drops where the system does not tell', async () => {
    const text = prometheusText(await metrics({ socketDrops: undefined }));
    expect(text).not.toContain('metlog_socket_dropped');
  });

  it('has a series for a hundred loggers, those that send most, and one for the rest', async () => {
    const rows = Array.from({ length: 150 }, (_, n) =>
      aRow({ logger: `l${n}`, received: n, missing: n === 3 ? 9 : 0 }),
    );
    const families = await metrics({}, aPath([...rows, aRow({ logger: '(other)', received: 5, missing: 1 })]));
    const samples = families.find(({ name }) => name === 'metlog_path_missing_messages')?.samples ?? [];
    expect(samples).toHaveLength(101);
    expect(valueIn(families, 'metlog_path_received_messages{logger="l149"}')).toBe(149);
    expect(valueIn(families, 'metlog_path_received_messages{logger="l50"}')).toBe(50);
    expect(valueIn(families, 'metlog_path_received_messages{logger="l49"}')).toBeUndefined();
    // The sum over all loggers is the total.
    expect(valueIn(families, 'metlog_path_missing_messages{logger="(other)"}')).toBe(10);
    const received = families.find(({ name }) => name === 'metlog_path_received_messages')?.samples ?? [];
    expect(received.reduce((sum, { value }) => sum + value, 0)).toBe((149 * 150) / 2 + 5);
  });
});
