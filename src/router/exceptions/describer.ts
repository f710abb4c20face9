import type { DecodedBatch } from '../../core/decode.ts';
import { describeLine } from './describe-line.ts';
import type { MapLookup } from './map-lookup.ts';
import { mayBeUndescribed } from './undescribed.ts';

/** Reads the stacks that pages send as text. */
export interface Describer {
  /**
   * The batch with frames and fingerprints in its exceptions: the same where it has none that are to be read, at once where no source map is asked, else
   * a promise that never rejects.
   */
  describe(batch: DecodedBatch): DecodedBatch | Promise<DecodedBatch>;
}

/** Lines that wait for source maps, in UTF-16 units: past it exceptions keep the places of the built code. */
const MAX_HELD_LENGTH = 16 * 1024 * 1024;

/** Without `maps`, frames have the places that the engine says. */
export function createDescriber(maps?: MapLookup): Describer {
  let heldLength = 0;

  function describe(batch: DecodedBatch): DecodedBatch | Promise<DecodedBatch> {
    const { header, lines } = batch;
    if (!lines.some(isCandidate)) return batch;
    const usable = heldLength < MAX_HELD_LENGTH ? maps : undefined;
    const described = lines.map((line) => (isCandidate(line) ? describeLine(line, header.logger, usable) : line));
    if (!described.some((line) => line instanceof Promise)) {
      return { header, lines: described as Exclude<(typeof described)[number], Promise<string>>[] };
    }
    return hold(header, described, lengthOf(lines));
  }

  async function hold(
    header: DecodedBatch['header'],
    lines: readonly (DecodedBatch['lines'][number] | Promise<string>)[],
    length: number,
  ): Promise<DecodedBatch> {
    heldLength += length;
    try {
      return { header, lines: await Promise.all(lines.map((line) => Promise.resolve(line))) };
    } finally {
      heldLength -= length;
    }
  }

  return { describe };
}

const isCandidate = (line: DecodedBatch['lines'][number]): line is string =>
  typeof line === 'string' && mayBeUndescribed(line);

const lengthOf = (lines: DecodedBatch['lines']): number =>
  lines.reduce((length, line) => length + (typeof line === 'string' ? line.length : 0), 0);
