import { readFile, utimes } from 'node:fs/promises';
import type { Cancel, Clock } from '../../core/platform.ts';
import { parseOwner, type Owner } from './lock-owner.ts';

/** Five of them may fail before anyone takes the lock for one that was left. */
export const BEAT_MS = 3_000;

/**
 * Shows those who cannot see this process that it lives: touches its lock every few seconds until the result is called. `onLost`: the lock is
 * another's by now, as this process had stood still for too long. Never keeps the process alive; a touch that fails is tried again at the next.
 */
export function startBeat(path: string, own: Owner, clock: Pick<Clock, 'after'>, onLost: () => void): Cancel {
  let isStopped = false;
  let cancel = clock.after(BEAT_MS, () => void beat());

  async function beat(): Promise<void> {
    const owner = await touch(path, own).catch(() => undefined); // a full or slow disk, a folder that is gone
    if (isStopped) return;
    if (owner !== undefined && owner.id !== own.id) onLost();
    else cancel = clock.after(BEAT_MS, () => void beat());
  }

  return () => {
    isStopped = true;
    cancel();
  };
}

/** Touches the lock if it is the own one still, and resolves to whose it is. */
async function touch(path: string, own: Owner): Promise<Owner | undefined> {
  const owner = parseOwner(await readFile(path, 'utf8'));
  const now = new Date();
  if (owner?.id === own.id) await utimes(path, now, now);
  return owner;
}
