import type { Cancel, Clock } from '../../core/platform.ts';
import { messageOf } from '../../core/text-of.ts';
import type { Cursor } from '../journal/cursor.ts';

/** Brings to disk how far a sink is, now and then; a new cursor at once. */
export interface CursorKeeper {
  /** There may be something to bring to disk. */
  touch(): void;
  /** Begins nothing any more, as the sink is about to be closed, after which nothing may be asked of it. */
  halt(): void;
  /**
   * Brings to disk what is settled, without a `flush`, if the sink has closed; if not, what it took since the last save comes again. Nothing
   * follows. Never rejects.
   */
  close(hasSinkClosed: boolean): Promise<void>;
}

export interface CursorKeeperDeps {
  readonly cursor: Cursor;
  readonly clock: Pick<Clock, 'after'>;
  /** Offset before which all is settled. */
  settled(): number;
  /** Makes sure that what was delivered lasts. */
  flush(): Promise<void>;
  /** The cursor has moved. */
  onSaved(): void;
  onTrouble(text: string): void;
}

/** A sink is given again at most this much after a crash, in milliseconds. */
const SAVE_MS = 1_000;

export function createCursorKeeper({
  cursor,
  clock,
  settled,
  flush,
  onSaved,
  onTrouble,
}: CursorKeeperDeps): CursorKeeper {
  let cancelSave: Cancel | undefined;
  let isSaving = false;
  let moving: Promise<void> = Promise.resolve();
  let isHalted = false;
  const start = settled();

  function touch(): void {
    if (isHalted || isSaving || (settled() <= cursor.offset && !cursor.isNew)) return;
    cancelSave ??= clock.after(SAVE_MS, () => void save());
  }

  async function save(): Promise<void> {
    const to = settled();
    cancelSave = undefined;
    isSaving = true;
    try {
      // Where a new sink begins is kept whatever the sink does: after a crash it begins there again.
      if (cursor.isNew) await move(start);
      if (!isHalted) await flush();
      if (!isHalted) await move(to);
    } catch (error) {
      onTrouble(messageOf(error));
    }
    isSaving = false;
    touch();
  }

  function move(to: number): Promise<void> {
    // One behind the other: both write the same file.
    const moved = moving.then(async () => {
      if (to <= cursor.offset && !cursor.isNew) return;
      await cursor.move(to);
      onSaved();
    });
    moving = moved.catch(() => undefined); // the caller has the rejection
    return moved;
  }

  function halt(): void {
    isHalted = true;
    cancelSave?.();
  }

  if (cursor.isNew) void save();
  return {
    touch,
    halt,
    async close(hasSinkClosed) {
      halt();
      await (hasSinkClosed ? move(settled()) : moving).catch((error: unknown) => onTrouble(messageOf(error)));
    },
  };
}
