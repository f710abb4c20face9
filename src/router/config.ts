import type { Columns } from '../core/column-kind.ts';
import { resolveArchive, type ResolvedArchive } from './archive/archive-options.ts';
import { checkRouterConfig } from './config-schema.ts';
import type { KeyRules } from './input/keys.ts';
import { SEGMENT_DEFAULTS, type SegmentLimits } from './journal/writer-options.ts';
import type { Route, RouteTest } from './routes/route.ts';
import type { RouterConfig } from './router-config.ts';
import type { SinkFactory } from './sink.ts';
import type { SinkSpec } from './sinks/sink-spec.ts';
import { columnsByType } from './types-schema.ts';

export type { RouterConfig } from './router-config.ts';

/** A configuration with every default filled in. */
export interface ResolvedRouterConfig {
  readonly dataDir: string;
  readonly udp: { readonly host: string; readonly port: number; readonly recvBufferBytes: number };
  readonly archive: ResolvedArchive;
  readonly types: ReadonlyMap<string, Columns>;
  readonly journal: { readonly maxBytes: number; readonly maxSenders: number } & SegmentLimits;
  readonly signatures: KeyRules;
  readonly sinks: Readonly<Record<string, SinkSpec | SinkFactory>>;
  readonly routes: readonly Route[];
  readonly routeTests: readonly RouteTest[];
  readonly closeDeadlineMs: number;
}

export const ROUTER_DEFAULTS = {
  dataDir: 'metlog-data',
  host: '127.0.0.1',
  port: 5565,
  /** What Linux systems commonly allow at most, and 100 ms of the fastest sender. */
  recvBufferBytes: 4 * 1024 * 1024,
  maxBytes: 10 * 1024 ** 3,
  maxSenders: 1_000_000,
  closeDeadlineMs: 5_000,
} as const;

/** Checks the configuration and fills in what it does not say. Throws ConfigError. */
export function resolveRouterConfig(given: RouterConfig = {}): ResolvedRouterConfig {
  const config = checkRouterConfig(given);
  const { udp = {}, archive = {}, journal = {}, keys = {}, sinks = {}, routes = [], routeTests = [] } = config;
  const dataDir = config.dataDir ?? ROUTER_DEFAULTS.dataDir;
  const host = udp.host ?? ROUTER_DEFAULTS.host;
  return {
    dataDir,
    udp: {
      host: host === 'localhost' ? ROUTER_DEFAULTS.host : host,
      port: udp.port ?? ROUTER_DEFAULTS.port,
      recvBufferBytes: udp.recvBufferBytes ?? ROUTER_DEFAULTS.recvBufferBytes,
    },
    archive: resolveArchive(archive, { dataDir, routes }),
    types: columnsByType(config.types ?? {}),
    journal: {
      maxBytes: journal.maxBytes ?? ROUTER_DEFAULTS.maxBytes,
      maxSenders: journal.maxSenders ?? ROUTER_DEFAULTS.maxSenders,
      segmentMs: journal.segmentMs ?? SEGMENT_DEFAULTS.segmentMs,
      segmentBytes: journal.segmentBytes ?? SEGMENT_DEFAULTS.segmentBytes,
      fsync: journal.fsync ?? SEGMENT_DEFAULTS.fsync,
    },
    signatures: { keys, allowUnsigned: config.allowUnsigned ?? false },
    sinks,
    routes,
    routeTests,
    closeDeadlineMs: config.closeDeadlineMs ?? ROUTER_DEFAULTS.closeDeadlineMs,
  };
}
