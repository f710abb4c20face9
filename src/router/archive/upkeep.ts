import type { Clock } from '../../core/platform.ts';
import { messageOf } from '../../core/text-of.ts';
import type { Copying } from '../../store/remote/copies/copy-due.ts';
import { copyTypes } from '../../store/remote/copies/copy-types.ts';
import { expireRemote } from '../../store/remote/copies/expire-remote.ts';
import type { InTime } from '../../store/remote/copies/in-time.ts';
import { tidyGone } from '../../store/remote/copies/tidy-gone.ts';
import type { RemoteFailure } from '../../store/remote/remote.ts';

export interface UpkeepDeps {
  readonly clock: Clock;
  /** Ends what is under way, and the upkeep then rejects. */
  readonly signal: AbortSignal;
  /** Bounds each call of the store. `what` is for the error. */
  inTime<T>(what: string, run: (signal: AbortSignal) => Promise<T>): Promise<T>;
  onFailure(): void;
  onTrouble(text: string): void;
}

/** Why files are not copied. */
export interface Trouble {
  readonly kind: RemoteFailure;
  readonly why: string;
}

/** Days end once a day; a store that was away then is asked within the hour. */
const EXPIRE_EVERY_MS = 3_600_000;

/**
 * What a store wants besides the copying of files. What fails of it is counted, and told apart, once until it works; it holds up neither the rest of it nor the copying, and is tried again the next time.
 * Rejects once it is ended, and of nothing else.
 */
export interface Upkeep {
  /** Deletes what may be the room that copying wants now: the days that are not kept, and what was left half done of files that are gone. */
  before(copying: Required<Copying>): Promise<void>;
  /** Once what can be copied is: writes the registered types, and tells what failed. `trouble` is what copying failed of: where the store is away, that says it all. */
  after(copying: Required<Copying>, trouble: Trouble | undefined): Promise<void>;
}

export function createUpkeep({ clock, signal, inTime, onFailure, onTrouble }: UpkeepDeps): Upkeep {
  /** Why something is not done, by the words for it. */
  const failing = new Map<string, string>();
  const told = new Set<string>();
  /** Days of which nothing of ours is left there. */
  const expiredDays = new Set<string>();
  let knownTypes: string | undefined;
  let nextExpiryMs = -Infinity;

  async function attempt(not: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      failing.delete(not);
      told.delete(not);
    } catch (error) {
      if (signal.aborted) throw error;
      onFailure();
      failing.set(not, messageOf(error));
    }
  }

  async function expire(copying: Required<Copying>): Promise<void> {
    if (clock.monotonic() < nextExpiryMs) return;
    const byDay: InTime = (run) => inTime('deleting an old day', run);
    await expireRemote(copying, clock.now(), expiredDays, byDay);
    nextExpiryMs = clock.monotonic() + EXPIRE_EVERY_MS;
  }

  return {
    async before(copying) {
      await attempt('what an attempt left half done there is not deleted', () =>
        inTime('tidying up', (ending) => tidyGone(copying, ending)),
      );
      await attempt('old days are not deleted there', () => expire(copying));
    },
    async after(copying, trouble) {
      if (trouble?.kind === 'away') return;
      await attempt('its types are not written there', async () => {
        knownTypes = await inTime('writing the types', (ending) => copyTypes(copying, knownTypes, ending));
      });
      for (const [not, why] of failing) {
        const { url } = copying;
        const start =
          trouble === undefined ? `the archive is copied to ${url}, but` : `nor is all else well in ${url}:`;
        if (!told.has(not) && why !== trouble?.why) onTrouble(`${start} ${not}: ${why}`);
        told.add(not);
      }
    },
  };
}
