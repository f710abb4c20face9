import { statSync } from 'node:fs';
import type { Clock } from '../../core/platform.ts';
import { codeOf } from '../errors.ts';
import { BEAT_MS } from './lock-beat.ts';
import { readOwner, type Owner } from './lock-owner.ts';
import { processPlace } from './lock-place.ts';
import { processStart } from './process-start.ts';

/** `changed`: the file is not that owner's any more. */
export type Life = 'alive' | 'ended' | 'changed';

export interface Watch {
  readonly clock: Pick<Clock, 'after'>;
  /** Called once if it takes longer than people expect. */
  readonly onWait: () => void;
  /** Ends it with a rejection. */
  readonly signal: AbortSignal | undefined;
}

/** How long a lock that nobody touches is watched before its owner is taken for one that has ended. */
export const WATCH_MS: number = 5 * BEAT_MS;
const LOOK_MS = 500;
const TELL_AFTER_MS = 2_000;
/** Longer than any wait: while somebody waits, the process is not to end for want of work. */
const HOLD_MS = 3_600_000;

/** The locks of this process; a file that names this process but is not among them was left by another of the same number. */
export const held: Set<string> = /* @__PURE__ */ new Set();

/** Processes of other places that were watched in vain, and when each last touched the lock, by the file system. */
const ended = /* @__PURE__ */ new Map<string, number>();

/** Whether the process lives that has the lock, or the claim on one, at `path`: by its number if that means something here, else by whether it touches the file. */
export async function lifeOf(owner: Owner, path: string, watch: Watch): Promise<Life> {
  if (held.has(owner.id)) return 'alive';
  if (!isElsewhere(owner)) return isRunning(owner) ? 'alive' : 'ended';
  const process = `${owner.place} ${owner.pid} ${owner.start}`;
  const touchedMs = touchedAt(path);
  if (touchedMs === undefined) return 'changed';
  // It has touched all its locks within a beat; one that it touched later would say that it had only stood still.
  if (touchedMs <= (ended.get(process) ?? Number.NEGATIVE_INFINITY) + BEAT_MS) return 'ended';
  const life = await watched(owner, path, touchedMs, watch);
  if (life === 'ended') ended.set(process, touchedMs);
  return life;
}

/** Whether its number says nothing here, as in another container. */
export const isElsewhere = ({ place }: Owner): boolean => place !== undefined && place !== processPlace();

function isRunning({ pid, start }: Owner): boolean {
  const now = processStart(pid);
  if (pid === process.pid && start === (now ?? '')) return false; // one of this process, which `held` would name
  return now !== undefined && now === start;
}

/** Looks are counted, not time: whoever stood still meanwhile would else find the lock untouched for as long as that. */
async function watched(owner: Owner, path: string, touchedMs: number, watch: Watch): Promise<Life> {
  const { clock, onWait, signal } = watch;
  const hold = setInterval(() => undefined, HOLD_MS);
  try {
    for (let lookedMs = 0; lookedMs < WATCH_MS; lookedMs += LOOK_MS) {
      if (lookedMs === TELL_AFTER_MS) onWait();
      await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve));
      signal?.throwIfAborted();
      const now = touchedAt(path);
      if (now === undefined || readOwner(path)?.id !== owner.id) return 'changed';
      if (now !== touchedMs) return 'alive';
    }
    return 'ended';
  } finally {
    clearInterval(hold);
  }
}

/** Undefined if there is no file. */
function touchedAt(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
