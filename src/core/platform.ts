/** Undoes what returned it. Calling it again does nothing. */
export type Cancel = () => void;

/** Time as portable code sees it; tests supply one that they move by hand. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds from a fixed point, with fractions, never going back: for durations. */
  monotonic(): number;
  /** Runs `task` once after `delayMs`; the result cancels it. Never keeps a process alive. */
  after(delayMs: number, task: () => void): Cancel;
}

/** What the portable code needs of the runtime it is in. */
export interface Platform extends Clock {
  /** A number in [0, 1), for sampling and jitter. */
  random(): number;
  /** 96 random bits as 16 characters of base64url: a sender's name. */
  randomId(): string;
  /** Bytes of `text` as UTF-8. */
  byteLength(text: string): number;
  /** HMAC-SHA-256 of `text` under `secret`, both as UTF-8, in base64url without padding. Absent where no secret is safe: in a page. */
  hmac?(secret: string, text: string): string;
  /** Keeps the process alive until the result is called: while the application itself waits for `flush` or `close`. */
  hold(): Cancel;
  /** Prints one warning for a person. */
  warn(text: string): void;
  readonly host: { readonly hostname?: string; readonly pid?: number };
}
