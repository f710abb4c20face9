/** A journal segment that is closed: it is never written again. */
export interface Segment {
  readonly path: string;
  /** Offset of its first message: how many messages the journal had taken before it. */
  readonly first: number;
  /** Its messages; at least 1. */
  readonly count: number;
  /** UTC day on which all of them were received, `YYYY-MM-DD`. */
  readonly dt: string;
  readonly bytes: number;
}

/** Offset after its last message. */
export const endOf = ({ first, count }: Segment): number => first + count;

/** Wide enough for every safe integer, so that names sort as numbers do. */
const OFFSET_DIGITS = 16;
const FILE_NAME = /^(\d{16})\.ndjson$/;

/** `<first offset>.ndjson` */
export const segmentName = (first: number): string => `${String(first).padStart(OFFSET_DIGITS, '0')}.ndjson`;

/** The first offset that a segment's name states; undefined for any other name. */
export function parseSegmentName(name: string): number | undefined {
  const digits = FILE_NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
