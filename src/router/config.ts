import { join } from 'node:path';
import * as z from 'zod/mini';
import { ConfigError } from './errors.ts';
import { SEGMENT_DEFAULTS, type SegmentLimits } from './journal/writer-options.ts';

export interface RouterConfig {
  /** Folder of journal, cursors, archive and lock; made if need be. @default metlog-data */
  readonly dataDir?: string;
  readonly udp?: {
    /** A loopback address. @default 127.0.0.1 */
    readonly host?: string;
    /** 0 picks a free one. @default 5565 */
    readonly port?: number;
    /** Receive buffer to ask the kernel for, in bytes. @default 4194304 */
    readonly recvBufferBytes?: number;
  };
  readonly archive?: {
    /** Folder of the Parquet files. @default <dataDir>/archive */
    readonly dir?: string;
    /** Days that are kept. @default 30 */
    readonly retentionDays?: number;
    /** Pause between two looks for small files to merge, in milliseconds. @default 10000 */
    readonly mergeEveryMs?: number;
  };
  readonly journal?: {
    /** Size past which the oldest segments are deleted, read or not. @default 10737418240 */
    readonly maxBytes?: number;
    /** Senders remembered for deduplication. @default 1000000 */
    readonly maxSenders?: number;
  } & Partial<SegmentLimits>;
  /** How long `close` goes on archiving, in milliseconds. @default 5000 */
  readonly closeDeadlineMs?: number;
}

/** A configuration with every default filled in. */
export interface ResolvedRouterConfig {
  readonly dataDir: string;
  readonly udp: { readonly host: string; readonly port: number; readonly recvBufferBytes: number };
  readonly archive: { readonly dir: string; readonly retentionDays: number; readonly mergeEveryMs: number };
  readonly journal: { readonly maxBytes: number; readonly maxSenders: number } & SegmentLimits;
  readonly closeDeadlineMs: number;
}

export const ROUTER_DEFAULTS = {
  dataDir: 'metlog-data',
  host: '127.0.0.1',
  port: 5565,
  /** What Linux systems commonly allow at most, and 100 ms of the fastest sender. */
  recvBufferBytes: 4 * 1024 * 1024,
  retentionDays: 30,
  mergeEveryMs: 10_000,
  maxBytes: 10 * 1024 ** 3,
  maxSenders: 1_000_000,
  closeDeadlineMs: 5_000,
} as const;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

const whole = (min: number, max: number): z.ZodMiniType<number> =>
  z.number(`a whole number from ${min} to ${max}`).check(
    z.refine((value) => Number.isInteger(value) && value >= min && value <= max, {
      error: `a whole number from ${min} to ${max}`,
      abort: true,
    }),
  );
const text = z.string('a text that is not empty').check(z.minLength(1, 'a text that is not empty'));
const loopback = z.string('a loopback address').check(
  z.refine((host) => LOOPBACK.test(host), {
    error:
      'a loopback address (127.0.0.1, localhost or ::1), as messages from other machines cannot be told from forged ones yet',
  }),
);

const DAY_COUNT_MAX = 36_500;
const HOUR_MS = 3_600_000;

const schema = z.strictObject({
  dataDir: z.optional(text),
  udp: z.optional(
    z.strictObject({
      host: z.optional(loopback),
      port: z.optional(whole(0, 65_535)),
      recvBufferBytes: z.optional(whole(4_096, 1024 ** 3)),
    }),
  ),
  archive: z.optional(
    z.strictObject({
      dir: z.optional(text),
      retentionDays: z.optional(whole(1, DAY_COUNT_MAX)),
      mergeEveryMs: z.optional(whole(10, HOUR_MS)),
    }),
  ),
  journal: z.optional(
    z.strictObject({
      maxBytes: z.optional(whole(1024 ** 2, Number.MAX_SAFE_INTEGER)),
      maxSenders: z.optional(whole(1, 10_000_000)),
      segmentMs: z.optional(whole(10, 1_000)),
      segmentBytes: z.optional(whole(1, 64 * 1024 ** 2)),
      fsync: z.optional(z.enum(['second', 'always'], '"second" or "always"')),
    }),
  ),
  closeDeadlineMs: z.optional(whole(0, HOUR_MS)),
});

/** Checks the configuration and fills in what it does not say. Throws ConfigError. */
export function resolveRouterConfig(given: RouterConfig = {}): ResolvedRouterConfig {
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw explain(parsed.error.issues[0], given);
  const { udp = {}, archive = {}, journal = {} } = given;
  const dataDir = given.dataDir ?? ROUTER_DEFAULTS.dataDir;
  const host = udp.host ?? ROUTER_DEFAULTS.host;
  return {
    dataDir,
    udp: {
      host: host === 'localhost' ? ROUTER_DEFAULTS.host : host,
      port: udp.port ?? ROUTER_DEFAULTS.port,
      recvBufferBytes: udp.recvBufferBytes ?? ROUTER_DEFAULTS.recvBufferBytes,
    },
    archive: {
      dir: archive.dir ?? join(dataDir, 'archive'),
      retentionDays: archive.retentionDays ?? ROUTER_DEFAULTS.retentionDays,
      mergeEveryMs: archive.mergeEveryMs ?? ROUTER_DEFAULTS.mergeEveryMs,
    },
    journal: {
      maxBytes: journal.maxBytes ?? ROUTER_DEFAULTS.maxBytes,
      maxSenders: journal.maxSenders ?? ROUTER_DEFAULTS.maxSenders,
      segmentMs: journal.segmentMs ?? SEGMENT_DEFAULTS.segmentMs,
      segmentBytes: journal.segmentBytes ?? SEGMENT_DEFAULTS.segmentBytes,
      fsync: journal.fsync ?? SEGMENT_DEFAULTS.fsync,
    },
    closeDeadlineMs: given.closeDeadlineMs ?? ROUTER_DEFAULTS.closeDeadlineMs,
  };
}

/** One line: the option, what is wanted, what came. */
function explain(issue: z.core.$ZodIssue | undefined, given: unknown): ConfigError {
  const path = issue?.path.map(String) ?? [];
  if (issue?.code === 'unrecognized_keys') {
    return new ConfigError('bad-option', `${[...path, issue.keys[0] ?? ''].join('.')} is no option of the router`);
  }
  const want =
    issue?.code === 'invalid_type' && issue.expected === 'object' ? 'an object' : (issue?.message ?? 'valid');
  const got = path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], given);
  return new ConfigError('bad-option', `${path.join('.') || 'the configuration'} must be ${want}, got ${show(got)}`);
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  return typeof value === 'object' && value !== null
    ? Array.isArray(value)
      ? 'an array'
      : 'an object'
    : String(value);
}
