/** A part of a datagram, as a datagram of its own. */
export interface DatagramPart {
  readonly text: string;
  readonly count: number;
}

/** A datagram in two, each line with the number that it had: its first `count` lines, @default half of them, and the rest. Null where one would be empty. */
export function splitDatagram(text: string, count?: number): readonly DatagramPart[] | null {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const at = count ?? lines.length >> 1;
  if (at < 1 || at >= lines.length) return null;
  // Inside the header's texts quotes are escaped, so this key is the header's own.
  const second = header.replace(/"seq":(\d+)/, (_, seq) => `"seq":${String(Number(seq) + at)}`);
  return [partOf(header, lines.slice(0, at)), partOf(second, lines.slice(at))];
}

/** How many of the first lines of a datagram make one of `maxBytes` at most; none or less where there is no room for one, or too much for all. */
export function linesWithin(text: string, maxBytes: number, byteLength: (text: string) => number): number {
  let bytes = 0;
  // With the header, which counts as none of them.
  return text.split('\n').findIndex((line) => (bytes += byteLength(line) + 1) > maxBytes) - 1;
}

const partOf = (header: string, lines: readonly string[]): DatagramPart => ({
  text: `${[header, ...lines].join('\n')}\n`,
  count: lines.length,
});
