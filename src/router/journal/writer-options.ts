import type { Clock } from '../../core/platform.ts';
import type { JournalFiles } from './files.ts';
import type { Segment } from './segment.ts';
import type { Written } from './written.ts';

/** Where the journal's segments end, and when they are on disk. */
export interface SegmentLimits {
  /** A segment is closed, and on disk, this long after its first message, in milliseconds; at most a second. @default 1000 */
  readonly segmentMs: number;
  /** A segment is closed when it has this many bytes. @default 4194304 */
  readonly segmentBytes: number;
  /** When a message is on disk: within a `second`, or `always` before it is acknowledged. @default second */
  readonly fsync: 'second' | 'always';
}

export const SEGMENT_DEFAULTS: SegmentLimits = { segmentMs: 1_000, segmentBytes: 4 * 1024 * 1024, fsync: 'second' };

export interface JournalWriterOptions extends SegmentLimits {
  /** Folder of the segments; exists. */
  readonly dir: string;
  /** Offset of the next message. */
  readonly nextOffset: number;
}

export interface JournalWriterDeps {
  readonly clock: Clock;
  readonly files: JournalFiles;
  /** A segment is closed, and on disk. In the order of offsets. */
  onClosed(segment: Segment): void;
  /** The disk fails; said once until it works again. */
  onTrouble(text: string): void;
  /** What was just written; the bytes are valid during the call. */
  onWritten(written: Written): void;
}
