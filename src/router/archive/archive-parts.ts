import type { Columns } from '../../core/column-kind.ts';
import type { Clock } from '../../core/platform.ts';
import { archiveEnd, listArchive } from '../../store/layout.ts';
import { createMerger, type Merger } from '../../store/merge/merge.ts';
import { openRemote } from '../../store/remote/open-remote.ts';
import type { RemoteOptions } from '../../store/remote/remote-options.ts';
import type { Remote } from '../../store/remote/remote.ts';
import { createArchiveWriter, type ArchiveWriter } from '../../store/segment-to-parquet.ts';
import { openTypeKeeper, type TypeKeeper } from '../../store/types/type-keeper.ts';
import type { Match } from '../routes/route.ts';
import type { ResolvedRemote } from './archive-options.ts';
import { openCopier, type Copier } from './copier.ts';
import { rowConditions } from './row-conditions.ts';

export interface ArchiveOptions {
  readonly dir: string;
  readonly retentionDays: number;
  /** Pause between two looks for what is to be merged, in milliseconds. */
  readonly mergeEveryMs: number;
  /** Longest a message stays in `_recent`, in milliseconds. @default 15 minutes */
  readonly promoteAfterMs?: number;
  /** A message that fits any of these is left out. @default none */
  readonly except?: readonly Match[];
  /** A message that fits none of these is left out. @default none is */
  readonly only?: readonly Match[] | undefined;
  /** Types that have a view of their own, whether or not a sender announces them. @default none */
  readonly types?: ReadonlyMap<string, Columns>;
  /** The store that its files are copied to. @default none */
  readonly remote?: ResolvedRemote | undefined;
}

export interface ArchiveDeps {
  readonly clock: Clock;
  /** Something failed; said once until it works again. */
  onTrouble(text: string): void;
  /** @default `openRemote` */
  readonly openRemote?: ((url: string, options: RemoteOptions) => Promise<Remote>) | undefined;
}

/** Nothing is under way yet in a copier that was not started. */
const CLOSE_WITHIN_MS = 1_000;

/** What does an archive's work; whoever has them closes all that can be closed. */
export interface ArchiveParts {
  readonly writer: ArchiveWriter;
  /** Undefined where there is no other store. */
  readonly copier: Copier | undefined;
  readonly merger: Merger;
  readonly types: TypeKeeper;
  /** Offset after the last message that the archive holds. */
  readonly end: number;
}

/** Opens them one after the other. If one cannot be opened, it rejects, and those before it are closed. */
export async function openArchiveParts(options: ArchiveOptions, deps: ArchiveDeps): Promise<ArchiveParts> {
  const { dir, retentionDays, remote, only, except = [] } = options;
  const opened: (() => Promise<void>)[] = [];
  try {
    const writer = await createArchiveWriter(dir, {
      except: except.map(rowConditions),
      ...(only && { only: only.map(rowConditions) }),
    });
    opened.push(() => writer.close());
    const copier = remote && (await openCopierOf(remote, options, deps));
    if (copier !== undefined) opened.push(() => copier.close(CLOSE_WITHIN_MS));
    const merger = await createMerger(dir, {
      retentionDays,
      ...(remote && {
        copyTo: {
          ...remote,
          url: remote.identity,
          giveUp: (path: string) => copier?.giveUp(path) ?? true,
          onExpired: (count: number) => copier?.addExpired(count),
        },
      }),
    });
    opened.push(() => merger.close());
    const types = await openTypeKeeper(
      dir,
      { configured: options.types ?? new Map(), retentionDays },
      { now: deps.clock.now, onTrouble: deps.onTrouble },
    );
    return { writer, copier, merger, types, end: archiveEnd(await listArchive(dir)) };
  } catch (error) {
    await Promise.allSettled(opened.map((close) => close())); // why it cannot be opened is told
    throw error;
  }
}

const openCopierOf = (
  remote: ResolvedRemote,
  { dir, mergeEveryMs }: ArchiveOptions,
  deps: ArchiveDeps,
): Promise<Copier> =>
  openCopier(
    { ...remote, dir, everyMs: mergeEveryMs },
    {
      clock: deps.clock,
      onTrouble: (text) => deps.onTrouble(text),
      open: () => (deps.openRemote ?? openRemote)(remote.url, remote.options),
    },
  );
