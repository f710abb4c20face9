import { REFUSAL_REASONS } from '../core/refusal.ts';
import { SINK_STATES, type PathBooks, type RelayBook, type RouterBooks, type SinkBook } from './books.ts';
import { byLabel, counter, gauge, zeros } from './metric-family.ts';
import { pathMetrics } from './path-metrics.ts';
import type { ProcessUse } from './process-use.ts';
import type { MetricFamily, MetricSample } from './prometheus-text.ts';

/** The books as metrics. What may go down again – what came late, what was replayed – is a gauge. */
export function metricsOf(books: RouterBooks, path: PathBooks, relay: RelayBook, use: ProcessUse): MetricFamily[] {
  return [
    ...inputMetrics(books),
    ...relayMetrics(relay),
    ...mapMetrics(books),
    ...socketMetrics(books),
    ...pathMetrics(path),
    ...sinkMetrics(books),
    ...keepingMetrics(books),
    ...copyMetrics(books),
    ...processMetrics(use),
  ];
}

function mapMetrics({ maps }: RouterBooks): MetricFamily[] {
  return [
    counter('metlog_maps_asked_total', 'Exceptions of pages for which source maps were asked.', maps.asked),
    counter(
      'metlog_maps_late_total',
      'Those that kept the places of the built code, as no answer came in time.',
      maps.late,
    ),
    counter('metlog_maps_broken_total', 'Source maps that cannot be read.', maps.broken),
  ];
}

function inputMetrics(books: RouterBooks): MetricFamily[] {
  const { chunks } = books;
  const outcomes = {
    joined: chunks.joined,
    duplicate: chunks.duplicates,
    incomplete: chunks.incomplete,
    overflow: chunks.overflow,
  };
  return [
    counter('metlog_input_datagrams_total', 'Datagrams and HTTP bodies received.', books.datagrams),
    counter('metlog_input_bytes_total', 'Bytes of the datagrams and HTTP bodies received.', books.bytes),
    counter(
      'metlog_input_read_total',
      'Datagrams, bodies and messages of chunks of which the lines were read.',
      books.read,
    ),
    counter(
      'metlog_input_rejected_total',
      'Datagrams, bodies and messages of chunks of which nothing could be read.',
      books.rejected,
    ),
    counter('metlog_input_lines_total', 'Lines read, one a message.', books.lines),
    counter('metlog_input_accepted_total', 'Messages written to the journal.', books.accepted),
    counter('metlog_input_duplicates_total', 'Messages that had come before.', books.duplicates),
    counter(
      'metlog_input_refused_total',
      'Lines not taken, datagrams not read and chunks given up, by reason.',
      byLabel('reason', { ...zeros(REFUSAL_REASONS), ...books.refused }),
    ),
    counter(
      'metlog_input_journal_failed_total',
      'Good messages that could not be written to the journal.',
      books.journalFailed,
    ),
    gauge('metlog_input_pending_messages', 'Messages on their way to the journal.', books.pending),
    counter(
      'metlog_input_chunks_total',
      'Parts of longer messages, by what became of them.',
      byLabel('outcome', outcomes),
    ),
    gauge('metlog_input_chunks_pending', 'Parts of longer messages that wait for the rest.', chunks.pending),
    counter('metlog_input_chunked_messages_total', 'Messages that became whole of their parts.', chunks.messages),
    counter(
      'metlog_unmatched_total',
      'Messages that came while there were sinks and that no route took.',
      books.unmatched,
    ),
    counter(
      'metlog_unread_total',
      'Messages that no sink can have, as the journal is damaged where they lie.',
      books.unread,
    ),
    counter(
      'metlog_abandoned_total',
      'Messages, at most, that waited for sinks which are not configured any more.',
      books.abandoned,
    ),
  ];
}

/** The relay's book as metrics. */
export function relayMetrics({
  requests,
  accepted,
  preflights,
  pending,
  refused,
  messages,
}: RelayBook): MetricFamily[] {
  return [
    counter('metlog_relay_requests_total', 'HTTP requests that asked to send.', requests),
    counter('metlog_relay_accepted_total', 'HTTP bodies of which at least one message was taken.', accepted),
    counter('metlog_relay_preflights_total', 'Questions of browsers whether a page may send.', preflights),
    gauge('metlog_relay_pending_requests', 'HTTP requests not answered yet.', pending),
    counter('metlog_relay_refused_total', 'HTTP requests refused, by reason.', byLabel('reason', refused)),
    counter('metlog_relay_messages_total', 'Messages of HTTP bodies that are on their way.', messages.accepted),
    counter('metlog_relay_refused_lines_total', 'Lines of HTTP bodies that were not taken.', messages.refused),
  ];
}

function socketMetrics({ socketDrops, recvBuffer }: RouterBooks): MetricFamily[] {
  const known = socketDrops === undefined ? [] : [{ value: socketDrops }];
  return [
    counter(
      'metlog_socket_dropped_datagrams_total',
      'Datagrams that the kernel dropped, the receive buffer full.',
      known,
    ),
    gauge('metlog_socket_receive_buffer_bytes', 'Receive buffer that the kernel granted.', recvBuffer.grantedBytes),
    gauge('metlog_socket_receive_buffer_asked_bytes', 'Receive buffer that was asked for.', recvBuffer.askedBytes),
  ];
}

function sinkMetrics({ sinks }: RouterBooks): MetricFamily[] {
  const each = (read: (book: SinkBook) => number): MetricSample[] =>
    Object.entries(sinks).map(([sink, book]) => ({ labels: { sink }, value: read(book) }));
  const states = Object.entries(sinks).flatMap(([sink, book]) =>
    SINK_STATES.map((state) => ({ labels: { sink, state }, value: book.state === state ? 1 : 0 })),
  );
  const leftOut = Object.entries(sinks).flatMap(([sink, book]) =>
    Object.entries(book.leftOut).map(([reason, value]) => ({ labels: { sink, reason }, value })),
  );
  return [
    counter(
      'metlog_sink_routed_total',
      'Messages that routes named a sink for.',
      each((book) => book.routed),
    ),
    counter(
      'metlog_sink_delivered_total',
      'Messages that the back end took.',
      each((book) => book.delivered),
    ),
    gauge(
      'metlog_sink_waiting_messages',
      'Messages not settled yet.',
      each((book) => book.waiting),
    ),
    gauge(
      'metlog_sink_dead_lettered_messages',
      'Messages in the dead-letter file.',
      each((book) => book.deadLettered),
    ),
    counter(
      'metlog_sink_expired_total',
      'Messages deleted before the sink had taken them.',
      each((book) => book.expired),
    ),
    counter(
      'metlog_sink_failures_total',
      'Writes that failed or were put off.',
      each((book) => book.failures),
    ),
    counter('metlog_sink_left_out_total', 'Messages that the sink itself left out, by reason.', leftOut),
    gauge(
      'metlog_sink_lag_seconds',
      'Age of the oldest message that waits.',
      each((book) => book.lagMs / 1_000),
    ),
    gauge('metlog_sink_state', '1 for the state that the sink is in, 0 for the others.', states),
  ];
}

function keepingMetrics({ archive, journal }: RouterBooks): MetricFamily[] {
  const { setAside, torn } = journal;
  return [
    gauge('metlog_archive_waiting_messages', 'Messages in closed segments that are not archived yet.', archive.waiting),
    counter(
      'metlog_archive_failures_total',
      'Attempts that failed, to archive a segment or to merge.',
      archive.failures,
    ),
    counter('metlog_archive_set_aside_total', 'Messages in segments that could not be read.', archive.setAside),
    counter('metlog_archive_expired_total', 'Messages deleted before they were archived.', archive.expired),
    counter(
      'metlog_archive_excepted_total',
      'Messages that archive.except and archive.only left out.',
      archive.excepted,
    ),
    gauge('metlog_journal_segments', 'Closed segments that someone still has to read.', journal.segments),
    gauge('metlog_journal_bytes', 'Bytes of closed segments that someone still has to read.', journal.bytes),
    gauge('metlog_journal_set_aside_segments', 'Segments that could not be read, kept as .bad.', setAside.files),
    gauge('metlog_journal_set_aside_bytes', 'Bytes of segments that could not be read, kept as .bad.', setAside.bytes),
    counter(
      'metlog_journal_set_aside_deleted_total',
      'Segments set aside that were deleted to make room.',
      setAside.deletedFiles,
    ),
    gauge('metlog_journal_torn_segments', 'Segments whose end the last start cut off.', torn.segments),
    gauge('metlog_journal_torn_bytes', 'Bytes that the last start cut off.', torn.bytes),
  ];
}

function copyMetrics({ archive: { copy } }: RouterBooks): MetricFamily[] {
  if (copy === undefined) return [];
  return [
    gauge('metlog_archive_copy_waiting_files', 'Files not copied to the store yet.', copy.waitingFiles),
    gauge('metlog_archive_copy_waiting_bytes', 'Bytes of files not copied to the store yet.', copy.waitingBytes),
    gauge(
      'metlog_archive_copy_waiting_messages',
      'Messages in files not copied to the store yet.',
      copy.waitingMessages,
    ),
    counter('metlog_archive_copy_files_total', 'Files copied to the store.', copy.copiedFiles),
    counter('metlog_archive_copy_bytes_total', 'Bytes copied to the store.', copy.copiedBytes),
    counter('metlog_archive_copy_messages_total', 'Messages in the files copied to the store.', copy.copiedMessages),
    counter('metlog_archive_copy_failures_total', 'Attempts to copy that failed.', copy.failures),
    gauge(
      'metlog_archive_copy_conflicts',
      'Files not copied, as other content has the name in the store, or part of the messages may be there already.',
      copy.conflicts,
    ),
    counter(
      'metlog_archive_copy_expired_total',
      'Messages deleted, or of days that the store keeps no more, before they were copied.',
      copy.expired,
    ),
    gauge('metlog_archive_copy_up', '1 while the store works, else 0.', copy.trouble === undefined ? 1 : 0),
  ];
}

/** By the names that every Prometheus client gives them. https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics */
export function processMetrics({ residentBytes, heapBytes, cpuSeconds, startSeconds }: ProcessUse): MetricFamily[] {
  return [
    gauge('process_resident_memory_bytes', 'Resident memory of the process.', residentBytes),
    gauge('process_heap_bytes', 'Heap of the main thread that is in use.', heapBytes),
    counter('process_cpu_seconds_total', 'User and system CPU time of the process.', cpuSeconds),
    gauge('process_start_time_seconds', 'Start of the process, in seconds since the epoch.', startSeconds),
  ];
}
