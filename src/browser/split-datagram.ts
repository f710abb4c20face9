/** A part of a datagram, as a datagram of its own. */
export interface DatagramPart {
  readonly text: string;
  readonly count: number;
}

/** A datagram in two halves, each line with the number that it had; null where it has one line. */
export function splitDatagram(text: string): readonly DatagramPart[] | null {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const half = lines.length >> 1;
  if (half === 0) return null;
  // Inside the header's texts quotes are escaped, so this key is the header's own.
  const second = header.replace(/"seq":(\d+)/, (_, seq) => `"seq":${String(Number(seq) + half)}`);
  return [partOf(header, lines.slice(0, half)), partOf(second, lines.slice(half))];
}

const partOf = (header: string, lines: readonly string[]): DatagramPart => ({
  text: `${[header, ...lines].join('\n')}\n`,
  count: lines.length,
});
