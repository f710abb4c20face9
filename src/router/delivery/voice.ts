import type { Clock } from '../../core/platform.ts';

/** Tells a person how a sink fares: once when it fails, once when it works again, and not more often than a person wants to read it. */
export interface Voice {
  failed(trouble: string): void;
  /** The back end asked to wait for so long, in milliseconds. Told once the waits since it last worked come to more than a minute. */
  putOff(trouble: string, waitMs: number): void;
  worked(): void;
  tell(text: string): void;
}

/** One that fails and works in turn is told of again after this long. */
const TELL_AGAIN_MS = 60_000;
/** A back end under load asks for patience now and then; one that goes on for longer needs a person. */
const PATIENCE_MS = 60_000;

export interface VoiceDeps {
  readonly clock: Clock;
  onTrouble(text: string): void;
  /** How many messages wait. */
  waiting(): number;
}

export function createVoice(name: string, { clock, onTrouble, waiting }: VoiceDeps): Voice {
  let isTold = false;
  let toldMs = Number.NEGATIVE_INFINITY;
  let putOffSinceMs: number | undefined;
  const tell = (text: string): void => onTrouble(`${name}: ${text}`);

  function tellOnce(text: string): void {
    if (isTold || clock.monotonic() - toldMs < TELL_AGAIN_MS) return;
    isTold = true;
    toldMs = clock.monotonic();
    tell(`${text}; ${count(waiting())} wait`);
  }

  return {
    failed: (trouble) => tellOnce(`writing failed: ${trouble}`),
    putOff(trouble, waitMs) {
      putOffSinceMs ??= clock.monotonic();
      const untilMs = clock.monotonic() + waitMs;
      if (untilMs - putOffSinceMs > PATIENCE_MS) tellOnce(`is put off for more than a minute: ${trouble}`);
    },
    worked() {
      if (isTold) tell(`works again; ${count(waiting())} wait`);
      isTold = false;
      putOffSinceMs = undefined;
    },
    tell,
  };
}

const count = (messages: number): string => `${messages} message${messages === 1 ? '' : 's'}`;
