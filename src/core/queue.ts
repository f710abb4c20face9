import type { Severity } from './severity.ts';

/** Lanes by value, least valuable first: debug, info (counters, timers, gauges, events), notice and warning, error and worse. */
const LANE_OF_SEVERITY = [3, 3, 3, 3, 2, 2, 1, 0] as const;
const LANES = 4;

interface Lane {
  lines: string[];
  bytes: number[];
  /** Index of the oldest that is still here. */
  head: number;
}

/** Encoded lines that wait to be sent. Bounded in bytes: past the limit the oldest of the least valuable go. */
export interface Queue {
  readonly count: number;
  readonly bytes: number;
  /** Adds a line of `bytes` bytes. The result is how many lines were dropped for it; the line itself may be among them. */
  push(line: string, bytes: number, severity: Severity): number;
  /** Takes lines, most valuable first, while they and their newlines fit into `maxBytes`; at least one if there is any. */
  take(maxBytes: number): readonly string[];
}

export function createQueue(maxBytes: number): Queue {
  const lanes: Lane[] = Array.from({ length: LANES }, () => ({ lines: [], bytes: [], head: 0 }));
  let count = 0;
  let total = 0;

  function shift(lane: Lane): string {
    const line = lane.lines[lane.head] ?? '';
    const bytes = lane.bytes[lane.head] ?? 0;
    lane.head += 1;
    total -= bytes;
    count -= 1;
    if (lane.head === lane.lines.length) {
      lane.lines = [];
      lane.bytes = [];
      lane.head = 0;
    } else if (lane.head >= 1_024 && lane.head * 2 >= lane.lines.length) {
      lane.lines = lane.lines.slice(lane.head); // the taken half would otherwise stay in memory
      lane.bytes = lane.bytes.slice(lane.head);
      lane.head = 0;
    }
    return line;
  }

  /** Makes room for `needed` bytes at the cost of lines worth no more than `rank`; the result is how many went. */
  function evict(needed: number, rank: number): number {
    let dropped = 0;
    for (const lane of lanes.slice(0, rank + 1)) {
      while (total + needed > maxBytes && lane.head < lane.lines.length) {
        shift(lane);
        dropped += 1;
      }
    }
    return dropped;
  }

  return {
    get count() {
      return count;
    },
    get bytes() {
      return total;
    },
    push(line, lineBytes, severity) {
      const bytes = lineBytes + 1; // its newline
      const rank = LANE_OF_SEVERITY[severity];
      // One that no empty queue would hold pushes nothing out.
      const dropped = total + bytes > maxBytes && bytes <= maxBytes ? evict(bytes, rank) : 0;
      if (total + bytes > maxBytes) return dropped + 1;
      const lane = lanes[rank];
      lane?.lines.push(line);
      lane?.bytes.push(bytes);
      total += bytes;
      count += 1;
      return dropped;
    },
    take(maxTaken) {
      const taken: string[] = [];
      let room = maxTaken;
      for (let rank = LANES - 1; rank >= 0; rank -= 1) {
        const lane = lanes[rank];
        while (lane && lane.head < lane.lines.length) {
          const bytes = lane.bytes[lane.head] ?? 0;
          if (bytes > room && taken.length > 0) return taken;
          room -= bytes;
          taken.push(shift(lane));
        }
      }
      return taken;
    },
  };
}
