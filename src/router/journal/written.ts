/** A piece of the journal that was just written: whole headers and lines, the first of them a header. */
export interface Written {
  /** Offset of its first message. */
  readonly first: number;
  /** Its messages; at least 1. */
  readonly count: number;
  readonly bytes: Uint8Array;
}
