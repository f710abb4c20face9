import { setMaxListeners } from 'node:events';
import type { Event } from '@sentry/core';
import { messageOf } from '../../core/text-of.ts';
import { codeOf } from '../errors.ts';
import type { ReceivedMessage } from '../received-message.ts';
import type { Sink, SinkContext } from '../sink.ts';
import type { SentrySpec } from './sentry-spec.ts';
import { createAhead } from './sentry/ahead.ts';
import { readCa } from './sentry/ca.ts';
import { createConnection, type Answer } from './sentry/connection.ts';
import { encodeEnvelope } from './sentry/envelope.ts';
import { eventIdOf } from './sentry/event-id.ts';
import { toEvent } from './sentry/event.ts';
import { DELIVERED, isSettled, outcomeOf, resultOf, type Outcome } from './sentry/outcome.ts';
import { createRateLimits } from './sentry/rate-limits.ts';
import { shrink } from './sentry/shrink.ts';
import { targetOf } from './sentry/target.ts';

/**
 * Requests at a time: an event is an envelope, and at 100 ms an answer one after the other would be ten events a second. Four make some
 * 140,000 an hour, more than most quotas allow.
 */
const DEFAULT_CONCURRENCY = 4;
/** When nothing else is said, what the runner grants a write. */
const DEFAULT_DEADLINE_MS = 10_000;
/** Part of the deadline in which events are begun; those under way then have the rest. */
const BEGIN_RATIO = 0.5;

/**
 * Delivers each message as an event to the project that the DSN names. Throws ConfigError if its `caFile` cannot be used. Events keep their id
 * over all attempts, so that Sentry drops what comes twice. Neighbours that are under way together may arrive in another order; each carries
 * its own time.
 */
export function createSentrySink(spec: SentrySpec, { name, clock, warn }: SinkContext): Sink {
  const { concurrency = DEFAULT_CONCURRENCY, deadlineMs = DEFAULT_DEADLINE_MS, grouping = 'sentry' } = spec;
  const target = targetOf(spec.dsn);
  const ca = spec.caFile === undefined ? undefined : readCa(spec.caFile, name);
  const connection = createConnection({ target, maxSockets: concurrency, clock, ...(ca && { ca }) });
  const limits = createRateLimits(clock);
  const ahead = createAhead();
  let isKeyRefused = false;
  let isClosed = false;

  async function deliver(message: ReceivedMessage, signal: AbortSignal): Promise<Outcome> {
    const event = toEvent(message, { id: eventIdOf(message), isGroupedByMetlog: grouping === 'metlog' });
    try {
      let answer = await post(event, signal);
      if (answer.status !== 413) return outcomeOf(answer);
      for (const smaller of shrink(event)) {
        answer = await post(smaller, signal);
        if (answer.status !== 413) break;
      }
      return outcomeOf(answer);
    } catch (error) {
      return { kind: 'kept', reason: signal.aborted ? 'no answer in time' : textOfFailure(error) };
    }
  }

  async function post(event: Event, signal: AbortSignal): Promise<Answer> {
    const answer = await connection.post(await encodeEnvelope(event, clock.now()), signal);
    limits.note(answer.status, answer.headers);
    tellOfKey(answer.status);
    return answer;
  }

  function tellOfKey(status: number): void {
    const wasRefused = isKeyRefused;
    isKeyRefused = status === 401 || status === 403;
    if (isKeyRefused && !wasRefused) {
      warn(`sink ${name}: ${target.url.host} refuses its key (${status}), so messages end in the dead letters`);
    }
  }

  /** Delivers what is not there yet, a few at a time, until something fails or it is enough for one write. */
  async function deliverAll(
    messages: ReadonlyMap<number, ReceivedMessage>,
    signal: AbortSignal,
  ): Promise<Map<number, Outcome>> {
    const outcomes = new Map<number, Outcome>();
    const pending = messages.entries(); // shared by all lanes
    const endMs = clock.monotonic() + deadlineMs * BEGIN_RATIO;
    let isStopped = false;
    async function lane(): Promise<void> {
      for (const [index, message] of pending) {
        if (isStopped || signal.aborted || limits.waitMs() > 0 || clock.monotonic() >= endMs) return;
        const outcome = await deliver(message, signal);
        outcomes.set(index, outcome);
        isStopped ||= !isSettled(outcome);
      }
    }
    await Promise.all(Array.from({ length: concurrency }, lane));
    return outcomes;
  }

  return {
    name,
    async write(messages, signal) {
      if (isClosed) throw new Error('the sink is closed');
      setMaxListeners(0, signal); // each request under way listens
      const { fresh, arrived } = ahead.part(messages);
      const outcomes = await deliverAll(fresh, signal);
      // What arrived in an earlier write proves nothing of the server now: a runner would take it for a sign of life.
      if ([...outcomes.values()].some(isSettled)) for (const index of arrived) outcomes.set(index, DELIVERED);
      ahead.note(messages, outcomes);
      return resultOf(messages.length, outcomes, { waitMs: limits.waitMs() });
    },
    close() {
      isClosed = true;
      connection.close();
      return Promise.resolve();
    },
  };
}

/** Node gives the failure of all addresses of a host no text but a code. */
const textOfFailure = (error: unknown): string => messageOf(error) || (codeOf(error) ?? 'no connection');
