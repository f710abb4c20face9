import type { Clock } from '../../core/platform.ts';
import type { ReceivedMessage } from '../received-message.ts';

/** A message that its sink did not get rid of, and why. One JSON line in the file. */
export interface DeadLetter {
  /** When it was given up, as ISO text. */
  readonly at: string;
  readonly reason: string;
  readonly message: ReceivedMessage;
}

/** What one sink could not deliver, kept in a file for a person to look at and to replay. */
export interface DeadLetters {
  /** Letters that wait, those of earlier runs too. */
  readonly count: number;
  /** Letters dropped since it was opened, as the file had become too large. */
  readonly expired: number;
  /** Puts letters in; resolves once they are on disk. Rejects if they are not: then none of them is in. */
  add(letters: readonly DeadLetter[]): Promise<void>;
  close(): Promise<void>;
}

export interface DeadLettersOptions {
  /** Folder of the files of all sinks, made if need be. */
  readonly dir: string;
  /** The sink's name. */
  readonly name: string;
  /** @default 268435456 */
  readonly maxBytes?: number;
}

export interface DeadLettersDeps {
  readonly clock: Clock;
  onTrouble(text: string): void;
}

/** Opens `<dir>/<name>.ndjson`, which need not exist. Rejects if the folder cannot be used. */
export function openDeadLetters(_options: DeadLettersOptions, _deps: DeadLettersDeps): Promise<DeadLetters> {
  return Promise.reject(new Error('not built yet'));
}
