/** Why the SDK did not send a message: the closed list. */
export const DROP_REASONS = [
  'invalid',
  'filtered',
  'filter-failed',
  'queue-full',
  'too-large',
  'no-dest',
  'unresolved',
  'unreachable',
  'send-failed',
  'refused',
  'closed',
  'disabled',
] as const;

export type DropReason = (typeof DROP_REASONS)[number];
