import type { Metlog } from './metlog.ts';
import type { Cancel, Clock } from './platform.ts';

/** Records something by itself while the client lives. An import of its own, handed in as the option `capture`, so that a bundler leaves out what nobody uses. */
export interface Capture {
  /** Names it where it fails. */
  readonly name: string;
  /** Begins; the result ends it. Called again when the client is enabled again. What it throws is told and stops nothing else. */
  start(context: CaptureContext): Cancel;
}

/** What a capture may use of the client that it records for. */
export interface CaptureContext {
  readonly metlog: Metlog;
  readonly clock: Clock;
  /** Whether a request to this address is the SDK's own. */
  isOwnRequest(url: string): boolean;
  /** Tells a setting that turned out wrong, such as a callback that throws. Never throws. */
  tell(message: string): void;
}
