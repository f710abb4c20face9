import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../core/platform.ts';
import { messageOf } from '../../core/text-of.ts';
import { createLedgerFile, type LedgerFile } from './ledger-file.ts';
import type { LedgerImage } from './ledger-image.ts';

/** Keeps a ledger on disk, so that the next run takes it up. */
export interface LedgerKeeper {
  /** Saves the ledger if it is time. To be called every second. */
  tick(): void;
  /** The journal is on disk up to this offset. */
  journaled(offset: number): void;
  /** The ledger is being copied, and nobody may be forgotten or declared silent meanwhile: the books would know of it twice. */
  readonly isCopying: boolean;
  /** What lies before this offset in the journal the next run does not need. */
  readonly savedOffset: number;
  /** Saves what is new. To be called once the journal is closed. Never rejects. */
  close(): Promise<void>;
}

export interface LedgerKeeperOptions {
  readonly path: string;
  /** What the file that was found does not need of the journal. */
  readonly savedOffset: number;
  /** The journal is on disk up to this offset. */
  readonly journaledTo: number;
}

export interface LedgerKeeperDeps {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly image: LedgerImage;
  /** The offset that the next message will have if nothing fails that is under way. */
  position(): number;
  /** How many messages could not be journaled so far: if it moves, positions were wrong. */
  failures(): number;
  onSaved(offset: number): void;
  onTrouble(text: string): void;
}

/** After a crash so much of the journal is read again at least. In milliseconds. */
const SAVE_EVERY_MS = 10_000;
/** A large ledger is saved less often: at most a megabyte a second is written for it. */
const BYTES_PER_MS = 1_048.576;
/** Copied in one turn of the event loop: half a millisecond. */
const COPIED_AT_ONCE_BYTES = 64 * 1024;

export function createLedgerKeeper(options: LedgerKeeperOptions, deps: LedgerKeeperDeps): LedgerKeeper {
  const { clock, image } = deps;
  let { savedOffset, journaledTo } = options;
  let savedRevision = -1;
  let nextMs = clock.monotonic() + SAVE_EVERY_MS;
  let isCopying = false;
  let saving: Promise<void> | undefined;
  let waiting: (() => void) | undefined;

  async function save(): Promise<void> {
    const startedMs = clock.monotonic();
    let byteLength = 0;
    try {
      const file = await createLedgerFile(options.path);
      byteLength = await write(file).catch(async (error: unknown) => {
        await file.discard();
        throw error;
      });
    } catch (error) {
      deps.onTrouble(`the book of senders cannot be saved to ${options.path}: ${messageOf(error)}`);
    }
    nextMs = startedMs + Math.max(SAVE_EVERY_MS, byteLength / BYTES_PER_MS);
    saving = undefined;
  }

  async function write(file: LedgerFile): Promise<number> {
    const failures = deps.failures();
    const { revision } = image;
    const from = deps.position();
    isCopying = true;
    try {
      for (let i = 0, copiedBytes = 0; i < image.shardCount; i++) {
        const senders = image.senders(i);
        copiedBytes += senders.length;
        await file.addShard({ senders, offset: deps.position() });
        if (copiedBytes < COPIED_AT_ONCE_BYTES) continue;
        copiedBytes = 0;
        await nextTurn();
      }
    } finally {
      isCopying = false;
    }
    const to = deps.position();
    await file.addBooks(image.books(), to);
    await onDisk(to, failures);
    if (deps.failures() !== failures) {
      await file.discard(); // offsets came out otherwise than they were written down
      return 0;
    }
    const { byteLength } = file;
    await file.finish();
    savedRevision = revision;
    savedOffset = from;
    deps.onSaved(from);
    return byteLength;
  }

  /** Resolves once the journal is on disk so far: a ledger that knows of messages which a crash of the machine takes would call them old when they come again. */
  async function onDisk(offset: number, failures: number): Promise<void> {
    while (journaledTo < offset && deps.failures() === failures) {
      await new Promise<void>((resolve) => (waiting = resolve));
    }
  }

  function wake(): void {
    const resume = waiting;
    waiting = undefined;
    resume?.();
  }

  return {
    tick() {
      wake();
      if (saving === undefined && clock.monotonic() >= nextMs && image.revision !== savedRevision) saving = save();
    },
    journaled(offset) {
      journaledTo = Math.max(journaledTo, offset);
      wake();
    },
    get isCopying() {
      return isCopying;
    },
    get savedOffset() {
      return savedOffset;
    },
    async close() {
      journaledTo = Math.max(journaledTo, deps.position());
      wake();
      await saving;
      if (image.revision !== savedRevision) await (saving = save());
    },
  };
}
