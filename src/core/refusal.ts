/** Why bytes from outside were not taken: the closed list. */
export const REFUSAL_REASONS = [
  'empty',
  'too-large',
  'no-header',
  'bad-header',
  'unknown-version',
  'no-messages',
  'not-json',
  'not-an-object',
  'header-in-body',
  'bad-type',
  'bad-timestamp',
  'bad-logger',
  'bad-severity',
  'bad-payload',
  'bad-metadata',
  'too-deep',
  'refused-by-relay',
  'unsigned',
  'unknown-key',
  'bad-signature',
  'stale',
  'not-allowed',
  'bad-chunk',
  'chunk-incomplete',
  'chunk-overflow',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** A datagram, or a line of one, that was not taken. */
export interface Refusal {
  readonly refused: RefusalReason;
}

const refusals = new Map<RefusalReason, Refusal>();

/** The refusal for `reason`: one object a reason, so that a flood of bad lines makes no garbage. */
export function refusal(reason: RefusalReason): Refusal {
  let known = refusals.get(reason);
  if (!known) refusals.set(reason, (known = { refused: reason }));
  return known;
}
