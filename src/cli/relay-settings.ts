import { isIP } from 'node:net';
import { parseSigningKey } from '../core/signing-key.ts';
import type { RelayRules } from '../relay/relay-options.ts';
import { parseUdpDest } from '../relay/udp-dest.ts';
import { isLoopback } from '../router/config-schema.ts';
import { UsageError, type CliContext, type CommandLine, type OptionSpec } from './command.ts';
import { DEFAULT_HTTP_PORT, ORIGIN_OPTION, toHttpPort, toOrigins, type Endpoint } from './endpoint.ts';
import { findConfigFile, loadConfig } from './load-config.ts';
import { optionOr, type Given } from './option-values.ts';
import { relayRules } from './relay-rules.ts';
import { quoted } from './terminal-text.ts';

const DEFAULT_DEST = 'udp://127.0.0.1:5565';
const DEFAULT_HOST = '127.0.0.1';

export const RELAY_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  dest: { value: 'URL', about: `the router, as udp://host:port (METLOG_DEST; default ${DEFAULT_DEST})` },
  host: { value: 'HOST', about: `address for HTTP; any may send there, within the limits (default ${DEFAULT_HOST})` },
  'http-port': {
    value: 'PORT',
    about: `port for HTTP; 0 for any free one (METLOG_HTTP_PORT; default ${DEFAULT_HTTP_PORT})`,
  },
  origin: ORIGIN_OPTION,
  config: {
    value: 'FILE',
    about: 'origins, keys, limits and trustProxy (METLOG_CONFIG; default metlog.config.ts, .mjs or .json here)',
  },
};

export interface RelaySettings {
  readonly http: Endpoint;
  /** Whether it listens to this machine alone. */
  readonly isLocal: boolean;
  readonly dest: string;
  /** `<key id>:<secret>` */
  readonly secret: string | undefined;
  /** The rules as they are now, with the command line above the file. Rejects with an error of one line. */
  load(): Promise<RelayRules>;
}

/** Reads the command line of `relay`. Throws UsageError; the file is looked at by `load` alone. */
export function readRelaySettings(line: CommandLine, { env }: Pick<CliContext, 'env'>): RelaySettings {
  const host = toHost(line.value('host') ?? DEFAULT_HOST);
  const httpPort = optionOr('http-port', line.value('http-port'), 'METLOG_HTTP_PORT', env, DEFAULT_HTTP_PORT);
  const origins = toOrigins(line.values('origin'));
  const isLocal = isLoopback(host);
  return {
    http: { host, port: toHttpPort(httpPort), from: httpPort.from },
    isLocal,
    dest: toUdpDest(optionOr('dest', line.value('dest'), 'METLOG_DEST', env, DEFAULT_DEST)),
    secret: toSecret(env['METLOG_SECRET']),
    async load() {
      const place = { cwd: process.cwd(), env };
      const { config } = await loadConfig(findConfigFile(line.value('config'), place), place);
      const rules = relayRules(config);
      // Who can be reached from elsewhere takes pages of its own origin alone, unless it is told of others.
      return { ...rules, origins: origins ?? rules.origins ?? (isLocal ? undefined : []) };
    },
  };
}

function toHost(text: string): string {
  if (text === 'localhost' || isIP(text) !== 0) return text;
  throw new UsageError(`--host must be an IP address or localhost, got ${quoted(text)}`);
}

function toUdpDest({ from, text }: Given): string {
  try {
    parseUdpDest(text);
    return text;
  } catch (cause) {
    throw new UsageError(`${from} must be an address such as ${DEFAULT_DEST}, got ${quoted(text)}`, { cause });
  }
}

/** What came is not shown: it is a secret, or was meant to be one. */
function toSecret(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (parseSigningKey(text) !== null) return text;
  throw new UsageError('METLOG_SECRET must be <key id>:<secret>, the secret of at least 16 characters');
}
