import { Worker } from 'node:worker_threads';
import type { Cancel } from '../../core/platform.ts';
import { StartError } from '../errors.ts';
import type { Recovered } from '../journal/recovery.ts';
import type { Segment } from '../journal/segment.ts';
import type { Written } from '../journal/written.ts';
import type { Acceptance, Via } from './acceptance.ts';
import type { KeyRules } from './keys.ts';
import type { LedgerSummary } from './ledger-summary.ts';
import type { ReceiverOptions, ReceiverStats } from './receiver.ts';
import type { FromReceiver, ThreadOptions, ToReceiver } from './receiver-protocol.ts';
import type { RecvBuffer } from './udp-socket.ts';

/** The receiving thread, as the main thread has it. */
export interface ReceiverClient {
  readonly address: { readonly host: string; readonly port: number };
  readonly recvBuffer: RecvBuffer;
  readonly recovered: Recovered;
  /** Offset of the first message that it took, or will take. */
  readonly firstOffset: number;
  /** What lies before it in the journal the book of senders did not need when it started. */
  readonly ledgerOffset: number;
  /** As the receiver's; `journal-failed` also once the thread has ended. */
  accept(body: Uint8Array, via: Via, key?: string): Promise<Acceptance>;
  /** Calls with what is written to the journal, but for pieces that are left out while this thread is too slow to hear of them. */
  tap(listener: (written: Written) => void): Tap;
  /** Has the thread go by these keys; what it receives later is held against them. */
  setKeys(rules: KeyRules): void;
  /** The latest numbers; once the thread has ended, its last. */
  stats(): Promise<ReceiverStats>;
  /** The path's book; once the thread has ended, its last. */
  ledger(): Promise<LedgerSummary>;
  /** Resolves once the last segment has been announced and the thread has ended. Idempotent. */
  close(): Promise<void>;
}

export interface Tap {
  /** Offset from which on the listener hears of everything; it may hear of what is before, too. */
  readonly from: Promise<number>;
  readonly cancel: Cancel;
}

export interface ReceiverClientDeps {
  onClosed(segment: Segment): void;
  onTrouble(text: string): void;
  /** What lies before this offset in the journal the book of senders does not need any more. */
  onLedgerSaved?(offset: number): void;
  /** Whether someone listens by `tap` as soon as it has started, and shall hear of the first message too. @default false */
  readonly isTapped?: boolean;
  /** The thread ended although nobody closed it; nothing is received any more. */
  onFailed(error: Error): void;
}

/** Young objects live as long as a datagram, so a small room for them does: four times this cost 60 MiB and saved no CPU that could be measured. In MiB. */
const YOUNG_GENERATION_MIB = 16;

/** What was heard of is said in steps, as waking the thread costs as much as routing a hundred messages: a small part of what may go unheard. */
const HEARD_BYTES = 1024 ** 2;

/** Starts the receiving thread. Rejects with StartError if it cannot listen. */
export async function startReceiver(options: ReceiverOptions, deps: ReceiverClientDeps): Promise<ReceiverClient> {
  // Relative to the built files, which lie in one folder whatever chunk this ends up in.
  const worker = new Worker(new URL('./receiver-thread.js', import.meta.url), {
    workerData: { ...options, isTapped: deps.isTapped === true } satisfies ThreadOptions,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
  });
  const started = await ready(worker, deps.onTrouble);
  const { address, recvBuffer, recovered, firstOffset, ledgerOffset } = started;
  const accepting = createAnswers<Acceptance>();
  const asking = createAnswers<ReceiverStats>();
  const reading = createAnswers<LedgerSummary>();
  const tapping = createAnswers<number>();
  const listeners = new Set<(written: Written) => void>();
  let nextOffset = started.firstOffset; // as last heard
  let unsaidBytes = 0; // heard of, and the thread does not know
  let lastStats = started.stats;
  let lastSummary = started.summary;
  let hasEnded = false;
  let closing: Promise<void> | undefined;
  const say = (message: ToReceiver): void => worker.postMessage(message);
  const tapFromNow = (on: boolean): Promise<number> =>
    hasEnded ? Promise.resolve(nextOffset) : tapping.ask((id) => say({ kind: 'tap', id, on }));

  function hear(byteLength: number): void {
    unsaidBytes += byteLength;
    if (unsaidBytes < HEARD_BYTES) return;
    say({ kind: 'heard', byteLength: unsaidBytes });
    unsaidBytes = 0;
  }

  worker.on('message', (message: FromReceiver) => {
    switch (message.kind) {
      case 'closed-segment':
        deps.onClosed(message.segment);
        return;
      case 'trouble':
        deps.onTrouble(message.text);
        return;
      case 'accepted':
        accepting.settle(message.id, message.acceptance);
        return;
      case 'stats':
        lastStats = message.stats;
        asking.settle(message.id, message.stats);
        return;
      case 'ledger':
        lastSummary = message.summary;
        reading.settle(message.id, message.summary);
        return;
      case 'ledger-saved':
        deps.onLedgerSaved?.(message.offset);
        return;
      case 'closed':
        lastStats = message.stats;
        lastSummary = message.summary;
        return;
      case 'tapped':
        tapping.settle(message.id, message.nextOffset);
        return;
      case 'written':
        hear(message.bytes.length);
        nextOffset = message.first + message.count;
        for (const listener of listeners) listener(message);
    }
  });
  let failure: Error | undefined;
  worker.on('error', (error) => (failure = error));
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      hasEnded = true;
      accepting.settleAll({ rejected: 'journal-failed' });
      asking.settleAll(lastStats);
      reading.settleAll(lastSummary);
      tapping.settleAll(nextOffset);
      if (closing === undefined) deps.onFailed(failure ?? new Error(`the receiving thread ended with code ${code}`));
      resolve();
    });
  });

  return {
    address,
    recvBuffer,
    recovered,
    firstOffset,
    ledgerOffset,
    accept(body, via, key) {
      if (hasEnded || closing !== undefined) return Promise.resolve({ rejected: 'journal-failed' });
      const copy = new Uint8Array(body); // it changes hands; the caller's may be a part of something larger
      return accepting.ask((id) =>
        worker.postMessage({ kind: 'accept', id, body: copy, via, key } satisfies ToReceiver, [copy.buffer]),
      );
    },
    tap(listener) {
      const own = (written: Written): void => listener(written); // the same function may listen twice
      listeners.add(own);
      return {
        from: tapFromNow(true),
        cancel() {
          if (listeners.delete(own) && listeners.size === 0) void tapFromNow(false);
        },
      };
    },
    setKeys: (rules) => say({ kind: 'keys', rules }),
    stats: () => (hasEnded ? Promise.resolve(lastStats) : asking.ask((id) => say({ kind: 'stats', id }))),
    ledger: () => (hasEnded ? Promise.resolve(lastSummary) : reading.ask((id) => say({ kind: 'ledger', id }))),
    close() {
      if (closing === undefined) say({ kind: 'close' });
      closing ??= ended;
      return closing;
    },
  };
}

/** Waits for the thread to listen. */
function ready(worker: Worker, onTrouble: (text: string) => void): Promise<Extract<FromReceiver, { kind: 'ready' }>> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(new StartError('receiver-failed', error.message, error));
    const onExit = (): void => reject(new StartError('receiver-failed', 'the receiving thread ended at once'));
    const onMessage = (message: FromReceiver): void => {
      if (message.kind === 'trouble') return onTrouble(message.text);
      worker.off('error', onError);
      worker.off('exit', onExit);
      worker.off('message', onMessage);
      if (message.kind === 'ready') resolve(message);
      else if (message.kind === 'failed') reject(new StartError(message.code, message.text));
    };
    worker.once('error', onError);
    worker.once('exit', onExit);
    worker.on('message', onMessage);
  });
}

/** Questions under way, by number. */
function createAnswers<T>(): {
  ask(send: (id: number) => void): Promise<T>;
  settle(id: number, answer: T): void;
  settleAll(answer: T): void;
} {
  const waiting = new Map<number, (answer: T) => void>();
  let lastId = 0;
  return {
    ask(send) {
      return new Promise((resolve) => {
        waiting.set(++lastId, resolve);
        send(lastId);
      });
    },
    settle(id, answer) {
      waiting.get(id)?.(answer);
      waiting.delete(id);
    },
    settleAll(answer) {
      for (const resolve of waiting.values()) resolve(answer);
      waiting.clear();
    },
  };
}
