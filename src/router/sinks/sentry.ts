import type { Event } from '@sentry/core';
import { messageOf } from '../../core/text-of.ts';
import { codeOf } from '../errors.ts';
import type { ReceivedMessage } from '../received-message.ts';
import type { Sink, SinkContext, SinkResult } from '../sink.ts';
import type { SentrySpec } from './sentry-spec.ts';
import { readCa } from './sentry/ca.ts';
import { createConnection, type Answer } from './sentry/connection.ts';
import { encodeEnvelope } from './sentry/envelope.ts';
import { eventIdOf } from './sentry/event-id.ts';
import { toEvent } from './sentry/event.ts';
import { DELIVERED, outcomeOf, type Outcome } from './sentry/outcome.ts';
import { createRateLimits } from './sentry/rate-limits.ts';
import { shrink } from './sentry/shrink.ts';
import { targetOf } from './sentry/target.ts';

/**
 * Requests at a time: an event is an envelope, and at 100 ms an answer one after the other would be ten events a second. More would be
 * more than a project's quota allows for long.
 */
const DEFAULT_CONCURRENCY = 4;
/** Events remembered as delivered before an older one; past that Sentry's own deduplication has to do. */
const MAX_AHEAD = 10_000;

/**
 * Delivers each message as an event to the project that the DSN names. Throws ConfigError if its `caFile` cannot be used. Events keep their id
 * over all attempts, so that Sentry drops what comes twice. Neighbours that are under way together may arrive in another order; each carries
 * its own time.
 */
export function createSentrySink(spec: SentrySpec, { name, clock, warn }: SinkContext): Sink {
  const { concurrency = DEFAULT_CONCURRENCY, grouping = 'sentry' } = spec;
  const target = targetOf(spec.dsn);
  const ca = spec.caFile === undefined ? undefined : readCa(spec.caFile, name);
  const connection = createConnection({ target, maxSockets: concurrency, clock, ...(ca && { ca }) });
  const limits = createRateLimits(clock);
  /** Ids of events that are delivered although an older message of their batch has to come again, and with it they. */
  const ahead = new Set<string>();
  let isKeyRefused = false;
  let isClosed = false;

  async function deliver(message: ReceivedMessage, signal: AbortSignal): Promise<Outcome> {
    const id = eventIdOf(message);
    if (ahead.delete(id)) return DELIVERED;
    const event = toEvent(message, { id, isGroupedByMetlog: grouping === 'metlog' });
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

  /** What became of each message; undefined of one that was not tried, as the server wants or can take no more at the moment. */
  async function deliverAll(
    messages: readonly ReceivedMessage[],
    signal: AbortSignal,
  ): Promise<readonly (Outcome | undefined)[]> {
    const outcomes: (Outcome | undefined)[] = messages.map(() => undefined);
    const pending = messages.entries(); // shared by all lanes
    let isStopped = false;
    async function lane(): Promise<void> {
      for (const [index, message] of pending) {
        if (isStopped || signal.aborted || limits.waitMs() > 0) return;
        const outcome = await deliver(message, signal);
        outcomes[index] = outcome;
        isStopped ||= outcome.kind === 'kept';
      }
    }
    await Promise.all(Array.from({ length: concurrency }, lane));
    return outcomes;
  }

  function remember(message: ReceivedMessage): void {
    ahead.add(eventIdOf(message));
    if (ahead.size > MAX_AHEAD) for (const oldest of ahead) return void ahead.delete(oldest);
  }

  return {
    name,
    async write(messages, signal): Promise<SinkResult> {
      if (isClosed) throw new Error('the sink is closed');
      const outcomes = await deliverAll(messages, signal);
      const refused = outcomes.flatMap((outcome, index) =>
        outcome?.kind === 'refused' ? [{ index, reason: outcome.reason }] : [],
      );
      const from = outcomes.findIndex((outcome) => outcome === undefined || outcome.kind === 'kept');
      if (from === -1) return refused.length > 0 ? { refused } : {};
      messages.forEach((message, index) => {
        if (index > from && outcomes[index]?.kind === 'delivered') remember(message);
      });
      return { refused, retry: { from, ...patience(outcomes, signal) } };
    },
    close() {
      isClosed = true;
      connection.close();
      return Promise.resolve();
    },
  };

  /** When the rest may come again, and why. */
  function patience(
    outcomes: readonly (Outcome | undefined)[],
    signal: AbortSignal,
  ): { readonly afterMs?: number; readonly reason: string } {
    const waitMs = limits.waitMs();
    const failed = outcomes.find((outcome) => outcome?.kind === 'kept');
    if (waitMs > 0) return { afterMs: waitMs, reason: failed?.reason ?? 'rate limit' };
    const reason = failed?.reason ?? 'no answer in time';
    // A batch that the deadline ended half way is no failure: the rest goes on at once.
    const hasProgress = outcomes.some((outcome) => outcome !== undefined && outcome.kind !== 'kept');
    return signal.aborted && hasProgress ? { afterMs: 0, reason } : { reason };
  }
}

/** Node gives the failure of all addresses of a host no text but a code. */
const textOfFailure = (error: unknown): string => messageOf(error) || (codeOf(error) ?? 'no connection');
