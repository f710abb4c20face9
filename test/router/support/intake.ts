import { createInputStats, type MutableInputStats } from '../../../src/router/input/counters.ts';
import { createIntake, type Intake } from '../../../src/router/input/intake.ts';
import type { KeyRules } from '../../../src/router/input/keys.ts';
import { createSenderLedger } from '../../../src/router/input/sender-ledger.ts';
import { createManualPlatform, type ManualPlatform } from '../../../src/testing/index.ts';
import { NOON_MS } from './lines.ts';

export const SOURCE = { address: '127.0.0.1', port: 4_242 };

export interface TestIntake {
  readonly intake: Intake;
  readonly stats: MutableInputStats;
  readonly platform: ManualPlatform;
  /** The journal's text so far. */
  journal(): string;
  /** Takes a datagram from `SOURCE`. */
  take(bytes: string | Uint8Array): void;
}

/** An intake whose journal is a text, at noon until its clock is moved. */
export function createTestIntake(keys?: KeyRules): TestIntake {
  const platform = createManualPlatform({ nowMs: NOON_MS });
  const stats = createInputStats();
  let text = '';
  const intake = createIntake({
    now: platform.now,
    monotonic: platform.monotonic,
    soon: (task) => task(),
    ledger: createSenderLedger({ knowsAll: true }),
    stats,
    keys,
    journal: {
      append(piece, _, __, settle) {
        text += piece;
        settle(true);
      },
    },
  });
  return {
    intake,
    stats,
    platform,
    journal: () => text,
    take: (bytes) => intake.take(Buffer.from(bytes), SOURCE),
  };
}
