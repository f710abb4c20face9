import { linkSync, mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/platform.ts';
import { messageOf } from '../../core/text-of.ts';
import { systemClock } from '../clock.ts';
import { codeOf, StartError } from '../errors.ts';
import { startBeat } from './lock-beat.ts';
import { held, isElsewhere, lifeOf, WATCH_MS, type Watch } from './lock-life.ts';
import { newOwner, readOwner, type Owner } from './lock-owner.ts';

/** A data folder that no other process uses. */
export interface DataDirLock {
  /** Gives it free. Idempotent. */
  release(): void;
}

export interface LockOptions {
  /** What the folder is to people. @default the data folder with its path */
  readonly name?: string;
  /** Tells a person that the lock is waited for, or that it was lost. @default nobody is told */
  readonly warn?: (text: string) => void;
  /** Ends the wait with a rejection. */
  readonly signal?: AbortSignal;
  /** @default the system's */
  readonly clock?: Pick<Clock, 'after'>;
}

/** Each is of microseconds, but for what is waited for in another place. */
const MAX_ATTEMPTS = 20;

/**
 * Makes the folder if need be and takes it for this process. A lock whose process has ended is taken over: at once if it ran where this one does, else,
 * as in a container that was killed, once it has been watched for 15 s. Rejects with StartError if the folder is in use or cannot be written.
 */
export async function lockDataDir(dir: string, options: LockOptions = {}): Promise<DataDirLock> {
  const { name = `the data folder ${dir}`, warn = () => undefined, signal, clock = systemClock } = options;
  const path = join(dir, 'lock');
  const own = newOwner();
  held.add(own.id); // before it is: who looks at it at once, in this process, would else take it for one that was left
  try {
    mkdirSync(dir, { recursive: true });
    await acquire(path, own, { name, warn, signal, clock });
  } catch (error) {
    held.delete(own.id);
    if (error instanceof StartError || signal?.aborted === true) throw error;
    throw new StartError('data-dir-unusable', `${name} cannot be written: ${messageOf(error)}`, error);
  }
  const stopBeat = startBeat(path, own, clock, () =>
    warn(
      `${name} is another metlog's now: this one stood still for longer than ${WATCH_MS / 1_000} s; end one of them`,
    ),
  );
  return {
    release() {
      stopBeat();
      if (held.delete(own.id) && readOwner(path)?.id === own.id) unlinkSync(path);
    },
  };
}

interface Wanted extends Omit<Watch, 'onWait'> {
  readonly name: string;
  readonly warn: (text: string) => void;
}

async function acquire(path: string, own: Owner, wanted: Wanted): Promise<void> {
  let stale: Owner | undefined;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (take(path, own, stale)) return;
    if (stale !== undefined) await removeDeadClaim(path, stale, wanted);
    const owner = readOwner(path);
    if (owner !== undefined && owner.id === stale?.id) continue;
    stale = undefined;
    if (owner === undefined) continue; // released meanwhile
    const life = await lifeOf(owner, path, watchOf(owner, wanted));
    if (life === 'alive') throw new StartError('data-dir-in-use', `${wanted.name} is in use by ${nameOf(owner)}`);
    if (life === 'ended') stale = owner;
  }
  throw new StartError('data-dir-in-use', `${wanted.name} is being taken by several processes at once`);
}

/** Takes the lock if there is none, or if it is that of `stale`. */
function take(path: string, own: Owner, stale: Owner | undefined): boolean {
  const draft = `${path}.${own.id}`;
  try {
    // Written in full before it gets its name, so that nobody ever reads half of one.
    writeFileSync(draft, `${JSON.stringify(own)}\n`);
    return linkIfFree(draft, path) || (stale !== undefined && takeOver(path, draft, stale));
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Replaces the lock of an owner that has ended. Only who holds the claim on that very lock may, and looks again once it has it: of many that
 * found the same stale lock, one wins, and the others find the winner's.
 */
function takeOver(path: string, draft: string, stale: Owner): boolean {
  const claim = claimOn(path, stale);
  if (!linkIfFree(draft, claim)) return false;
  try {
    if (readOwner(path)?.id !== stale.id) return false;
    renameSync(draft, path);
    return true;
  } finally {
    rmSync(claim, { force: true });
  }
}

/** Whoever claims does it within microseconds; only one that was killed in them leaves its claim. */
async function removeDeadClaim(path: string, stale: Owner, wanted: Wanted): Promise<void> {
  const claim = claimOn(path, stale);
  const claimant = readOwner(claim);
  if (claimant === undefined || (await lifeOf(claimant, claim, watchOf(claimant, wanted))) !== 'ended') return;
  if (readOwner(claim)?.id === claimant.id) rmSync(claim, { force: true });
}

const claimOn = (path: string, { id }: Owner): string => `${path}.claim-${id}`;

function linkIfFree(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

const watchOf = (owner: Owner, { name, warn, signal, clock }: Wanted): Watch => ({
  clock,
  signal,
  onWait: () =>
    warn(`${name} is locked by ${nameOf(owner)}: waiting up to ${WATCH_MS / 1_000} s for a sign of life of it`),
});

const nameOf = (owner: Owner): string => {
  if (!isElsewhere(owner)) return `another metlog (pid ${owner.pid})`;
  return `a metlog of another container or machine${owner.host === undefined ? '' : `, ${owner.host}`}`;
};
