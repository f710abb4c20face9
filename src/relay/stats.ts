/** Why a request was refused: the closed list. */
export const RELAY_REFUSALS = [
  'wrong-path',
  'wrong-host',
  'bad-method',
  'bad-origin',
  'bad-key',
  'bad-encoding',
  'bad-gzip',
  'bad-signature',
  'rate-limited',
  'busy',
  'too-large',
  'too-many-lines',
  'too-slow',
  'cut-off',
  'nothing-valid',
  'unavailable',
  'closed',
] as const;

export type RelayRefusal = (typeof RELAY_REFUSALS)[number];

/** What a relay has done since it was made. Each request is in one place: `requests = accepted + preflights + pending + the sum of refused`. */
export interface RelayStats {
  readonly requests: number;
  /** Bodies of which at least one message was taken. */
  readonly accepted: number;
  /** Questions of browsers whether a page may send. */
  readonly preflights: number;
  /** Not answered yet. */
  readonly pending: number;
  /** By reason; every reason is there. */
  readonly refused: Readonly<Record<RelayRefusal, number>>;
  /** Messages of the bodies: those that are on their way or had come before, and lines that were not taken. */
  readonly messages: { readonly accepted: number; readonly refused: number };
}

/** Keeps the book. */
export interface RelayBook {
  begin(): void;
  accept(): void;
  preflight(): void;
  refuse(reason: RelayRefusal): void;
  /** Counts a body's lines. */
  count(acceptedCount: number, refusedCount: number): void;
  stats(): RelayStats;
}

export function createRelayBook(): RelayBook {
  const refused = Object.fromEntries(RELAY_REFUSALS.map((reason) => [reason, 0])) as Record<RelayRefusal, number>;
  const messages = { accepted: 0, refused: 0 };
  let requests = 0;
  let accepted = 0;
  let preflights = 0;
  let pending = 0;

  const settle = (): void => {
    pending--;
  };

  return {
    begin() {
      requests++;
      pending++;
    },
    accept() {
      settle();
      accepted++;
    },
    preflight() {
      settle();
      preflights++;
    },
    refuse(reason) {
      settle();
      refused[reason]++;
    },
    count(acceptedCount, refusedCount) {
      messages.accepted += acceptedCount;
      messages.refused += refusedCount;
    },
    stats: () => ({ requests, accepted, preflights, pending, refused: { ...refused }, messages: { ...messages } }),
  };
}
