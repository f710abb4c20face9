/** What the page reads of `GET /api/summary`. Types alone: the page shares no code with the server. */
export interface SummaryAnswer {
  readonly dest: string;
  readonly summary: Summary;
  readonly router: Books;
}

export interface Summary {
  readonly window: { readonly from: string; readonly to: string };
  readonly messageCount: number;
  readonly byType: readonly { readonly type: string; readonly count: number }[];
  readonly byLogger: readonly { readonly logger: string; readonly count: number }[];
  readonly bySeverity: readonly { readonly severity: number | null; readonly count: number }[];
  readonly perMinute: readonly { readonly minute: string; readonly count: number }[];
  readonly counters: readonly { readonly name: string; readonly logger: string; readonly sum: number }[];
  readonly timers: readonly {
    readonly name: string;
    readonly logger: string;
    readonly count: number;
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
  }[];
  readonly exceptions: readonly {
    readonly timestamp: string;
    readonly logger: string;
    readonly errorType: string | null;
    readonly errorValue: string | null;
  }[];
  readonly newestReceived: string | null;
  readonly fileCount: number;
  readonly bytes: number;
}

export interface Books {
  readonly accepted: number;
  readonly duplicates: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly journalFailed: number;
  /** Absent where the system does not tell. */
  readonly socketDrops?: number | undefined;
  readonly senders: { readonly missing: number; readonly silent: number };
  readonly journal: { readonly setAside: { readonly files: number } };
  /** The book of each sink, by its name. */
  readonly sinks: Readonly<Record<string, SinkBook>>;
  readonly archive: {
    readonly waiting: number;
    readonly failures: number;
    readonly setAside: number;
    readonly expired: number;
  };
}

export interface SinkBook {
  readonly state: string;
  readonly waiting: number;
  readonly deadLettered: number;
  readonly expired: number;
  /** Absent after a write that did not fail. */
  readonly trouble?: string | undefined;
}

/** A message of `GET /api/tail`. */
export interface TailedMessage {
  readonly type: string;
  readonly timestamp: string;
  readonly logger: string;
  readonly severity: number;
  readonly payload: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}
