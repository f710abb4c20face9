import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { segmentName, type Segment } from '../../../src/router/journal/segment.ts';
import type { Written } from '../../../src/router/journal/written.ts';

/** A journal that is written by hand: real files, without a receiving thread. */
export interface TestJournal {
  /** Offset of the next message. */
  readonly nextOffset: number;
  /** Writes a run of messages below one header, `name` `n<offset>` each. `isHeard`: whether listeners are told. */
  write(types: readonly string[], isHeard?: boolean): Promise<void>;
  /** Ends the segment, which holds at least one message. */
  endSegment(): Promise<Segment>;
}

export interface TestJournalDeps {
  readonly dir: string;
  readonly nextOffset?: number;
  onWritten(written: Written): void;
  onClosed(segment: Segment): void;
}

export async function openTestJournal({
  dir,
  nextOffset = 0,
  onWritten,
  onClosed,
}: TestJournalDeps): Promise<TestJournal> {
  await mkdir(dir, { recursive: true });
  let offset = nextOffset;
  let open = { first: nextOffset, bytes: 0 };
  return {
    get nextOffset() {
      return offset;
    },
    async write(types, isHeard = true) {
      const bytes = Buffer.from(journalText(types, offset));
      await appendFile(join(dir, segmentName(open.first)), bytes);
      const written = { first: offset, count: types.length, bytes };
      offset += types.length;
      open.bytes += bytes.length;
      if (isHeard) onWritten(written);
    },
    async endSegment() {
      const { first, bytes } = open;
      const segment = { path: join(dir, segmentName(first)), first, count: offset - first, dt: '2026-11-22', bytes };
      open = { first: offset, bytes: 0 };
      onClosed(segment);
      return segment;
    },
  };
}

/** A header and a message for each type, `name` `n<offset>` each; `seq` is the offset. */
export function journalText(types: readonly string[], first: number): string {
  const header = {
    metlog: 1,
    logger: 'shop',
    hostname: 'web-1',
    pid: 7,
    sender: 's1',
    seq: first,
    received: '2026-11-22T12:00:00.000Z',
    via: 'udp',
  };
  const lines = types.map((type, i) =>
    JSON.stringify({
      type,
      timestamp: '2026-11-22T12:00:00.000Z',
      severity: 6,
      payload: '1',
      metadata: { name: `n${first + i}` },
    }),
  );
  return [JSON.stringify(header), ...lines, ''].join('\n');
}

/** The same type, so often. */
export const many = (type: string, count: number): string[] => Array.from({ length: count }, () => type);
