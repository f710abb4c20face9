import { isDeepStrictEqual } from 'node:util';
import type { ReceivedMessage } from '../router/received-message.ts';
import type { Sink, SinkResult } from '../router/sink.ts';

/** A sink to be tested, with a view of what its back end got. */
export interface SinkUnderTest {
  readonly sink: Sink;
  /**
   * What the back end has received, in order, in whatever form it shows it. Where things take their time on the way, it waits until there are
   * `count` of them, or until it is plain that they do not come.
   */
  received(count: number): Promise<readonly unknown[]>;
  /** What `received` answers once the back end has these messages. @default the messages */
  shown?(messages: readonly ReceivedMessage[]): readonly unknown[];
  /** A message that the back end takes, another one for each number. @default a counter */
  message?(number: number): ReceivedMessage;
  /** Whether the back end can hold such a message; one that it cannot must be refused. @default it holds every message */
  takes?(message: ReceivedMessage): boolean;
  /** Releases the back end; the sink is closed by then. */
  dispose?(): Promise<void>;
}

/** One whose back end does not work. */
export interface BrokenSinkUnderTest extends SinkUnderTest {
  /** Makes the back end work from here on. */
  mend(): Promise<void>;
}

/** Nothing of it is left open. */
export type SinkTrial = Required<SinkUnderTest>;

/** Fills in the defaults. */
export function trialOf(given: SinkUnderTest): SinkTrial {
  return {
    sink: given.sink,
    received: (count) => given.received(count),
    shown: (messages) => given.shown?.(messages) ?? messages,
    message: (number) => given.message?.(number) ?? aCounter(number),
    takes: (message) => given.takes?.(message) ?? true,
    dispose: () => given.dispose?.() ?? Promise.resolve(),
  };
}

const aCounter = (number: number): ReceivedMessage => ({
  type: 'counter',
  timestamp: '2026-11-22T10:44:00.123Z',
  logger: 'shop',
  severity: 6,
  payload: String(number),
  metadata: { name: 'login.ok', rate: 1, number },
  offset: number,
  received: '2026-11-22T10:44:00.200Z',
  via: 'udp',
  key: undefined,
  hostname: 'web-1',
  pid: 4242,
  sender: '9f3kq2aaaaaaaaaa',
  seq: 1041 + number,
});

/** Writes, and holds the answer to what an answer may be. */
export async function write(sink: Sink, batch: readonly ReceivedMessage[]): Promise<SinkResult> {
  const result = await sink.write(batch, new AbortController().signal);
  const indices = (result.refused ?? []).map(({ index }) => index);
  check(
    new Set(indices).size === indices.length && indices.every((index) => batch[index] !== undefined),
    `it refused the messages ${JSON.stringify(indices)} of ${batch.length}`,
  );
  check(
    (result.refused ?? []).every(({ reason }) => reason.length > 0),
    'it refused a message without a reason',
  );
  const { from = 0, afterMs = 0 } = result.retry ?? {};
  check(from === 0 || batch[from] !== undefined, `it wants the messages from ${from} on of ${batch.length} again`);
  check(afterMs >= 0, `it wants a message again after ${afterMs} ms`);
  return result;
}

export async function deliver(sink: Sink, batch: readonly ReceivedMessage[]): Promise<void> {
  const result = await write(sink, batch);
  check(result.retry === undefined && (result.refused ?? []).length === 0, `it answered ${JSON.stringify(result)}`);
}

export const retryAll = (): SinkResult => ({ retry: {} });

/** What a runner would give it again. */
export function remaining(batch: readonly ReceivedMessage[], { refused = [], retry }: SinkResult): ReceivedMessage[] {
  if (!retry) return [];
  return batch.filter((_, index) => index >= (retry.from ?? 0) && !refused.some((one) => one.index === index));
}

export async function checkReceived(made: SinkTrial, messages: readonly ReceivedMessage[]): Promise<void> {
  const want = made.shown(messages);
  const got = await made.received(want.length);
  check(isSame(got, want), `its back end got ${show(got)} for ${show(want)}`);
}

/** The same as JSON: what is undefined is absent, and the order of keys means nothing. */
export const isSame = (one: unknown, other: unknown): boolean => isDeepStrictEqual(asJson(one), asJson(other));

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

export const show = (value: unknown): string => JSON.stringify(value);

export function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`broken contract: ${otherwise}`);
}
