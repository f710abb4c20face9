import type { Cancel, Clock } from '../core/platform.ts';
import { readJournalText } from './journal-text.ts';
import type { RouterPort } from './router-port.ts';
import type { Session } from './sessions.ts';
import type { TailFilter } from './tail-filter.ts';

/** Streams what arrives to any number of clients, as server-sent events. */
export interface Tail {
  /** A client's stream: an event `message` for each that fits, `gap` (`{"skipped":n}`) where some were left out. Null when there are too many clients. With a `session`, it ends with it. */
  open(filter: TailFilter, session?: Session): ReadableStream<Uint8Array> | null;
  /** Clients now. */
  readonly clientCount: number;
  /** Ends the streams of the session that has this id. */
  endSession(id: string): void;
  /** Ends every stream. */
  close(): void;
}

export interface TailOptions {
  /** Streams at a time. @default 64 */
  readonly maxClients?: number;
  /** Bytes that may wait for one client; what arrives while they do is skipped and counted. @default 262144 */
  readonly maxWaitingBytes?: number;
  /** A comment is sent this often, so that proxies keep the connection and a client that is gone is noticed. @default 15000 */
  readonly heartbeatMs?: number;
}

interface Client {
  readonly filter: TailFilter;
  readonly session: Session | undefined;
  /** Undefined if it has no end of its own. */
  readonly cancelEnd: Cancel | undefined;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  skippedCount: number;
  secondStartMs: number;
  sentThisSecondCount: number;
}

const DEFAULTS: Required<TailOptions> = { maxClients: 64, maxWaitingBytes: 256 * 1024, heartbeatMs: 15_000 };

const encoder = /* @__PURE__ */ new TextEncoder();

/** Listens to `router` only while somebody watches, and decodes each text once for all who do. */
export function createTail(
  router: Pick<RouterPort, 'tap'>,
  clock: Pick<Clock, 'now' | 'monotonic' | 'after'>,
  options: TailOptions = {},
): Tail {
  const { maxClients, maxWaitingBytes, heartbeatMs } = { ...DEFAULTS, ...options };
  const clients = new Set<Client>();
  let untap: Cancel | null = null;
  let stopHeartbeat: Cancel | null = null;

  function join(client: Client): void {
    clients.add(client);
    untap ??= router.tap(onText);
    stopHeartbeat ??= clock.after(heartbeatMs, beat);
  }

  function leave(client: Client): void {
    clients.delete(client);
    client.cancelEnd?.();
    if (clients.size > 0) return;
    untap?.();
    stopHeartbeat?.();
    untap = stopHeartbeat = null;
  }

  function end(client: Client): void {
    leave(client);
    client.controller.close();
  }

  function beat(): void {
    stopHeartbeat = clock.after(heartbeatMs, beat);
    const comment = encoder.encode(': still here\n\n');
    for (const client of clients) {
      if (!hasRoom(client)) continue;
      tellGap(client); // of a burst that nothing followed
      client.controller.enqueue(comment);
    }
  }

  function onText(text: string): void {
    const watching = [...clients];
    if (!watching.some(mayReceive)) {
      // Not decoded, as nobody can take any of it: the filters are not asked and the headers are lines too, so this says at most how many.
      for (const client of watching) client.skippedCount += lineCount(text);
      return;
    }
    for (const message of readJournalText(text)) {
      let event: Uint8Array | undefined;
      for (const client of watching) {
        if (!client.filter.matches(message)) continue;
        if (!mayReceive(client)) {
          client.skippedCount++;
          continue;
        }
        tellGap(client);
        client.sentThisSecondCount++;
        client.controller.enqueue((event ??= encoder.encode(`data: ${JSON.stringify(message)}\n\n`)));
      }
    }
  }

  function mayReceive(client: Client): boolean {
    const nowMs = clock.monotonic();
    if (nowMs - client.secondStartMs >= 1_000) {
      client.secondStartMs = nowMs;
      client.sentThisSecondCount = 0;
    }
    return client.sentThisSecondCount < client.filter.perSecond && hasRoom(client);
  }

  return {
    open(filter, session) {
      if (clients.size >= maxClients) return null;
      let client: Client;
      return new ReadableStream<Uint8Array>(
        {
          start(controller) {
            client = {
              filter,
              session,
              cancelEnd: session && clock.after(session.endsMs - clock.now(), () => end(client)),
              controller,
              skippedCount: 0,
              secondStartMs: clock.monotonic(),
              sentThisSecondCount: 0,
            };
            // Something to read at once, so that the client's `open` does not wait for the first message.
            controller.enqueue(encoder.encode('retry: 2000\n: tail\n\n'));
            join(client);
          },
          pull: () => tellGap(client), // there is room again
          cancel: () => leave(client),
        },
        { highWaterMark: maxWaitingBytes, size: (bytes) => bytes.byteLength },
      );
    },
    endSession(id) {
      for (const client of [...clients]) if (client.session?.id === id) end(client);
    },
    get clientCount() {
      return clients.size;
    },
    close() {
      for (const client of [...clients]) end(client);
    },
  };
}

const hasRoom = ({ controller }: Client): boolean => (controller.desiredSize ?? 0) > 0;

function tellGap(client: Client): void {
  if (client.skippedCount === 0) return;
  client.controller.enqueue(encoder.encode(`event: gap\ndata: {"skipped":${client.skippedCount}}\n\n`));
  client.skippedCount = 0;
}

function lineCount(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
