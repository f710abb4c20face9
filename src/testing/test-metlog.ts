import { createCoreClient } from '../core/client.ts';
import { FULL_PARTS } from '../core/full-parts.ts';
import type { Metlog } from '../core/metlog.ts';
import { checkOptions } from '../core/option-rules.ts';
import { resolveOptions, type MetlogOptions } from '../core/options.ts';
import { REPORT_TYPE } from '../core/report.ts';
import type { Message } from '../core/schema.ts';
import { createSign } from '../core/sign.ts';
import { withRetry } from '../core/with-retry.ts';
import { createManualPlatform, type ManualPlatform } from './manual-clock.ts';
import { createMemoryTransport, type MemoryTransport } from './memory-transport.ts';

/** A client for tests, with what it said at hand. */
export interface TestMetlog {
  readonly metlog: Metlog;
  /** Ships what waits, and answers every message so far in the order of their sending. The client's own reports are left out; `transports` have them. */
  messages(): readonly Message[];
  /** Its clock, moved by hand. */
  readonly platform: ManualPlatform;
  /** One for each destination so far, the current one last. */
  readonly transports: readonly MemoryTransport[];
}

/**
 * A client whose messages stay in memory, on a clock that is moved by hand. Takes what `createMetlog` takes, reads no environment, and is
 * `strict` unless told otherwise: a wrong call throws.
 */
export function createTestMetlog(options: MetlogOptions = {}): TestMetlog {
  const platform = createManualPlatform();
  const transports: MemoryTransport[] = [];
  checkOptions(options);
  const resolved = resolveOptions({ strict: true, ...options }, {}, 'memory:');
  const client = createCoreClient(resolved, {
    ...FULL_PARTS,
    platform,
    sign: createSign(resolved.secret, platform),
    openTransport() {
      const bytes = resolved.maxDatagramBytes;
      const transport = createMemoryTransport(platform, bytes === undefined ? {} : { datagramBytes: bytes });
      transports.push(transport);
      return withRetry(transport, { maxAttempts: 2, baseMs: 250, maxMs: 250 }, platform);
    },
    addressOf: (host, port) => `memory://${host}:${port}`,
    onClosed: () => undefined, // nothing outlives it
  });
  return {
    metlog: client.metlog,
    messages() {
      client.ship();
      return transports.flatMap((transport) => transport.messages().filter(({ type }) => type !== REPORT_TYPE));
    },
    platform,
    transports,
  };
}
