import type { Clock } from '../../core/platform.ts';

/** Tells a person how a sink fares: once when it fails, once when it works again, and not more often than a person wants to read it. */
export interface Voice {
  failed(trouble: string): void;
  worked(): void;
  tell(text: string): void;
}

/** One that fails and works in turn is told of again after this long. */
const TELL_AGAIN_MS = 60_000;

export interface VoiceDeps {
  readonly clock: Clock;
  onTrouble(text: string): void;
  /** How many messages wait. */
  waiting(): number;
}

export function createVoice(name: string, { clock, onTrouble, waiting }: VoiceDeps): Voice {
  let isTold = false;
  let toldMs = Number.NEGATIVE_INFINITY;
  const tell = (text: string): void => onTrouble(`${name}: ${text}`);
  return {
    failed(trouble) {
      if (isTold || clock.monotonic() - toldMs < TELL_AGAIN_MS) return;
      isTold = true;
      toldMs = clock.monotonic();
      tell(`writing failed: ${trouble}; ${count(waiting())} wait`);
    },
    worked() {
      if (isTold) tell(`works again; ${count(waiting())} wait`);
      isTold = false;
    },
    tell,
  };
}

const count = (messages: number): string => `${messages} message${messages === 1 ? '' : 's'}`;
