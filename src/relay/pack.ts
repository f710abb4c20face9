/** Lines that go in one datagram. */
export interface Parcel {
  /** The place of its first line among all. */
  readonly from: number;
  readonly lines: readonly string[];
}

/** Fills parcels with lines, in order, up to `roomBytes` each, newlines included. A line that is longer has a parcel of its own. */
export function packLines(lines: readonly string[], roomBytes: number): readonly Parcel[] {
  const parcels: { from: number; lines: string[] }[] = [];
  let freeBytes = 0;
  lines.forEach((line, index) => {
    const bytes = lineBytes(line);
    if (parcels.length === 0 || bytes > freeBytes) {
      parcels.push({ from: index, lines: [] });
      freeBytes = roomBytes;
    }
    parcels.at(-1)?.lines.push(line);
    freeBytes -= bytes;
  });
  return parcels;
}

const encoder = /* @__PURE__ */ new TextEncoder();

/** Bytes of a line and its newline. */
export const lineBytes = (line: string): number => encoder.encode(line).length + 1;
