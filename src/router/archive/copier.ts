import type { Cancel, Clock } from '../../core/platform.ts';
import { messageOf } from '../../core/text-of.ts';
import { adoptCopies } from '../../store/remote/copies/adopt-copies.ts';
import { isKept } from '../../store/remote/copies/copy-rules.ts';
import { copyDue, listDue } from '../../store/remote/copies/copy-due.ts';
import { createFileInHand } from '../../store/remote/copies/file-in-hand.ts';
import type { InTime } from '../../store/remote/copies/in-time.ts';
import { createWaitingFiles } from '../../store/remote/copies/waiting-files.ts';
import { tryRemote } from '../../store/remote/copies/try-remote.ts';
import { withDeadline } from '../../store/remote/copies/with-deadline.ts';
import { openWriterName } from '../../store/remote/copies/writer-name.ts';
import { RemoteError, type Remote, type RemoteFailure } from '../../store/remote/remote.ts';
import type { ResolvedRemote } from './archive-options.ts';
import { backOffMs } from './back-off.ts';
import type { CopyStats } from './copy-stats.ts';
import { createUpkeep, type Trouble } from './upkeep.ts';

/** Brings the files of an archive to another store, in its own time: nothing else waits for it. */
export interface Copier {
  /** Begins. The archive has, or will have from what the journal holds, every message before `end`. */
  start(end: number): void;
  /** This file is to be deleted for good, though it waits: whether it may be. One that is being copied may not; any other is not copied any more. */
  giveUp(path: string): boolean;
  /** So many messages were deleted so. */
  addExpired(count: number): void;
  stats(): CopyStats;
  /** Gives up what is under way, which the next run does again. Waits for that at most `deadlineMs`. */
  close(deadlineMs: number): Promise<void>;
}

export interface CopierOptions extends ResolvedRemote {
  /** The archive's folder. */
  readonly dir: string;
  /** Pause between two looks for what is to be copied, in milliseconds. */
  readonly everyMs: number;
}

export interface CopierDeps {
  readonly clock: Clock;
  /** Reaches nothing by itself. Rejects with MissingPeerError. */
  open(): Promise<Remote>;
  /** The store fails, said once until it works again or fails of something of another kind; that it works; or a file cannot be copied. */
  onTrouble(text: string): void;
  /** @default Math.random */
  readonly random?: () => number;
}

/** What is not a copy takes no longer where a store is well. */
const CALL_MS = 60_000;
/** A file that cannot be copied by itself is tried again after this time. */
const REFUSED_FOR_MS = 3_600_000;

/** Opens what copies the archive. Rejects if an optional peer is missing, or if the archive's folder cannot be used; a store that is away is no matter. */
export async function openCopier(options: CopierOptions, deps: CopierDeps): Promise<Copier> {
  const { dir, identity: url, keptDays, everyMs } = options;
  const { clock, random = Math.random } = deps;
  const writer = await openWriterName(dir, options.name);
  const remote = await deps.open();
  let copying = { dir, remote, url, writer, keptDays };
  const closing = new AbortController();
  const { signal } = closing;
  /** Files that failed by themselves, by path. */
  const refused = new Map<string, { readonly untilMs: number; readonly isConflict: boolean; readonly why: string }>();
  const refusedDays = new Set<string>();
  const waiting = createWaitingFiles();
  const hand = createFileInHand();
  let copied = { files: 0, bytes: 0, messages: 0 };
  let failures = 0;
  let failuresInRow = 0;
  let expired = 0;
  let trouble: Trouble | undefined;
  let startEnd = 0;
  let isPrepared = false;
  let hasTried = false;
  let nextLookMs = -Infinity;
  let cancelNext: Cancel | undefined;
  let running: Promise<void> | undefined;

  const inTime = <T>(what: string, run: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    withDeadline({ clock, signal, what, limitMs: CALL_MS }, run);
  const upkeep = createUpkeep({
    clock,
    signal,
    inTime,
    onFailure: () => void (failures += 1),
    onTrouble: (text) => deps.onTrouble(text),
  });

  async function pass(): Promise<void> {
    await look();
    if (!isPrepared) {
      await adopt();
      isPrepared = true;
    }
    await upkeep.before(copying);
    const failed = await copy();
    if (failed === undefined) works();
    else onFailure(failed.error);
    await look();
    await upkeep.after(copying, failed && trouble);
  }

  /** Copies what is due. Resolves to what it failed of; rejects once it is ended. */
  async function copy(): Promise<{ readonly error: unknown } | undefined> {
    const { files } = copied;
    try {
      // Else a right that is missing would show with the first file, in an hour, and that it works again with the next.
      const refusal = !hasTried || trouble !== undefined ? await tryStore() : undefined;
      hasTried = refusal === undefined || kindOf(refusal) !== 'away'; // a trial that was cut off may have left something there
      await copyAll();
      return refusal === undefined || copied.files > files ? undefined : { error: refusal };
    } catch (error) {
      signal.throwIfAborted();
      return { error };
    } finally {
      hand.letGo();
    }
  }

  /** Resolves to what a trial failed of. It is not stopped halfway at the end, as nobody would delete what is left then; after a kill the next start does, by trying again. */
  const tryStore = (): Promise<unknown> =>
    withDeadline({ clock, signal: new AbortController().signal, what: 'writing a trial', limitMs: CALL_MS }, (ending) =>
      tryRemote(copying, ending),
    ).catch((error: unknown) => error);

  const copyAll = (): Promise<void> =>
    copyDue(copying, {
      clock,
      signal,
      refusedDays,
      take: (path) => (refused.get(path)?.untilMs ?? -Infinity) <= clock.monotonic() && hand.take(path),
      // A pass may take hours, in which files come and go.
      async beforeEach() {
        if (clock.monotonic() >= nextLookMs) await look();
      },
      onCopied({ path, bytes }, rows, hasFailed) {
        copied = { files: copied.files + 1, bytes: copied.bytes + bytes, messages: copied.messages + rows };
        waiting.drop(path);
        refused.delete(path);
        if (!hasFailed) works();
      },
      onRefused({ path }, { kind, message }) {
        failures++;
        if (refused.get(path)?.why !== message) deps.onTrouble(`${path} is not copied: ${message}`);
        const untilMs = clock.monotonic() + REFUSED_FOR_MS;
        refused.set(path, { untilMs, isConflict: kind === 'conflict', why: message });
      },
    });

  async function adopt(): Promise<void> {
    const byDay: InTime = (run) => inTime('listing a day of the store', run);
    const name = await adoptCopies({ ...copying, end: startEnd }, byDay);
    if (name === copying.writer) return;
    deps.onTrouble(
      `${url} has messages in files of ${copying.writer} that ${dir} never had, so it is a copy of another archive that went on: its files are called ${name} there from now on`,
    );
    copying = { ...copying, writer: name };
  }

  /** What waits, for the books. */
  async function look(): Promise<void> {
    const now = clock.now();
    const due = await listDue(dir, { url, keptDays }, now);
    const left = await waiting.set(due, signal);
    for (const { dt, messages } of left) if (!isKept(dt, keptDays, now)) expired += messages;
    nextLookMs = clock.monotonic() + everyMs;
    const paths = new Set(due.map(({ path }) => path));
    for (const path of refused.keys()) if (!paths.has(path)) refused.delete(path);
  }

  function works(): void {
    failuresInRow = 0;
    if (trouble === undefined) return;
    trouble = undefined;
    deps.onTrouble(`the archive is copied to ${url} again`);
  }

  function onFailure(error: unknown): void {
    failures++;
    failuresInRow++;
    const why = isDiskFull(error) ? `the disk of ${dir} is full, and a copy must be noted there` : messageOf(error);
    const kind = kindOf(error);
    // The words alone may differ from one attempt to the next, of one and the same trouble.
    if (kind !== trouble?.kind) {
      const cure = kind === 'refused' ? 'until somebody sees to it' : 'for now';
      deps.onTrouble(`the archive is not copied to ${url} ${cure}, and is kept here: ${why}`);
    }
    trouble = { kind, why };
  }

  function later(delayMs: number): void {
    cancelNext = clock.after(delayMs, () => {
      running = pass()
        .catch((error: unknown) => {
          if (!signal.aborted) onFailure(error);
        })
        .then(() => {
          if (!signal.aborted) later(failuresInRow === 0 ? everyMs : backOffMs(failuresInRow, random));
        });
    });
  }

  async function close(deadlineMs: number): Promise<void> {
    cancelNext?.();
    closing.abort();
    await settled(running, deadlineMs);
    await settled(remote.close(), deadlineMs);
  }

  return {
    start(end) {
      startEnd = end;
      later(0);
    },
    giveUp(path) {
      const mayGo = hand.giveUp(path);
      if (mayGo) waiting.drop(path);
      return mayGo;
    },
    addExpired: (count) => void (expired += count),
    stats() {
      const { files, bytes, messages } = waiting.sum();
      return {
        url,
        waitingFiles: files,
        waitingBytes: bytes,
        waitingMessages: messages,
        copiedFiles: copied.files,
        copiedBytes: copied.bytes,
        copiedMessages: copied.messages,
        failures,
        expired,
        conflicts: [...refused.values()].filter(({ isConflict }) => isConflict).length,
        trouble: trouble?.why,
      };
    },
    close,
  };
}

const kindOf = (error: unknown): RemoteFailure => (error instanceof RemoteError ? error.kind : 'local');

const isDiskFull = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOSPC';

/** Waits until it has ended, well or not, or the time is up. */
async function settled(task: Promise<unknown> | undefined, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeIsUp = new Promise<void>((resolve) => (timer = setTimeout(resolve, deadlineMs)));
  await Promise.race([Promise.resolve(task).catch(() => undefined), timeIsUp]);
  clearTimeout(timer);
}
