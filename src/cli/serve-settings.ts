import { isIP } from 'node:net';
import { isLoopback, takesOtherMachines } from '../router/config-schema.ts';
import { isHostName } from '../router/input/hosts-schema.ts';
import type { RouterConfig } from '../router/router-config.ts';
import { UsageError, type CliContext, type CommandLine, type OptionSpec } from './command.ts';
import { DEFAULT_DATA_DIR } from './data-dir.ts';
import { DEFAULT_HTTP_PORT, ORIGIN_OPTION, toHttpPort, toOrigins, type Endpoint } from './endpoint.ts';
import { findConfigFile, loadConfig } from './load-config.ts';
import { optionOr, optionOrVariable, toPort, toWholeNumber, type Given } from './option-values.ts';
import { quoted } from './terminal-text.ts';
import { readToken } from './token.ts';

const DEFAULT_HOST = '127.0.0.1';
export const MAX_RETENTION_DAYS = 36_500;

export const SERVE_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  config: {
    value: 'FILE',
    about: 'sinks, routes and all else (METLOG_CONFIG; default metlog.config.ts, .mjs or .json here, if there is one)',
  },
  'data-dir': { value: 'DIR', about: `where everything is kept (METLOG_DATA_DIR; default ${DEFAULT_DATA_DIR})` },
  'udp-port': {
    value: 'PORT',
    about: 'where messages arrive; 0 for any free one (METLOG_UDP_PORT; default 5565)',
  },
  'http-port': {
    value: 'PORT',
    about: `page, API and messages of web pages; 0 for any free one (METLOG_HTTP_PORT; default ${DEFAULT_HTTP_PORT})`,
  },
  'retention-days': {
    value: 'N',
    about: 'whole days that are kept; older ones are deleted (METLOG_RETENTION_DAYS; default 30)',
  },
  origin: ORIGIN_OPTION,
  host: {
    value: 'HOST',
    about: `address for HTTP; other machines need the token in METLOG_TOKEN for all but what pages send (default ${DEFAULT_HOST})`,
  },
  'allowed-host': {
    value: 'NAME',
    multiple: true,
    about:
      'a name by which it may be asked, e.g. that of a proxy in front; may be repeated (default those of this machine)',
  },
  'udp-host': {
    value: 'HOST',
    about: `address for UDP; for other machines the configuration must have keys or allowUnsigned (default ${DEFAULT_HOST})`,
  },
};

/** The configuration that `serve` runs by. */
export interface ServeConfig {
  /** The file, as it was named or found; undefined where there is none. */
  readonly file: string | undefined;
  readonly router: RouterConfig;
  /** What names the UDP port. */
  readonly udpPortFrom: string;
}

export interface ServeSettings {
  readonly http: Endpoint;
  /** Other machines reach it by HTTP. */
  readonly isExposed: boolean;
  /** What whoever asks has to know; undefined where there is none. */
  readonly token: string | undefined;
  /** The configuration as it is now, with the command line and the environment above the file. Rejects with an error of one line. */
  load(): Promise<ServeConfig>;
}

/** Reads the command line of `serve`. Throws UsageError; the file is looked at by `load` alone. */
export function readServeSettings(line: CommandLine, { env }: Pick<CliContext, 'env'>): ServeSettings {
  const given = (name: string, variable: string): Given | undefined =>
    optionOrVariable(name, line.value(name), variable, env);
  const dataDir = given('data-dir', 'METLOG_DATA_DIR')?.text;
  const retention = given('retention-days', 'METLOG_RETENTION_DAYS');
  const retentionDays = retention && toWholeNumber(retention, 1, MAX_RETENTION_DAYS);
  const udpPort = given('udp-port', 'METLOG_UDP_PORT');
  const port = udpPort && toPort(udpPort);
  const udpHost = toAddress('--udp-host', line.value('udp-host'));
  const host = toAddress('--host', line.value('host')) ?? DEFAULT_HOST;
  const isExposed = !isLoopback(host);
  const httpPort = optionOr('http-port', line.value('http-port'), 'METLOG_HTTP_PORT', env, DEFAULT_HTTP_PORT);
  const origins = toOrigins(line.values('origin'));
  const hosts = toHosts(line.values('allowed-host'));
  const http = { host, port: toHttpPort(httpPort), from: httpPort.from };
  const token = readToken(env);

  async function load(): Promise<ServeConfig> {
    const place = { cwd: process.cwd(), env };
    const { file, config } = await loadConfig(findConfigFile(line.value('config'), place), place);
    requireKeys(udpHost, config);
    const router: RouterConfig = {
      ...config,
      ...(dataDir !== undefined && { dataDir }),
      ...(hosts !== undefined && { hosts }),
      // Who can be reached from elsewhere takes pages of its own origin alone, unless it is told of others.
      ...withOrigins(origins ?? config.origins ?? (isExposed ? [] : undefined)),
      udp: { ...config.udp, ...(udpHost !== undefined && { host: udpHost }), ...(port !== undefined && { port }) },
      archive: { ...config.archive, ...(retentionDays !== undefined && { retentionDays }) },
    };
    const isPortOfFile = udpPort === undefined && config.udp?.port !== undefined;
    return { file, router, udpPortFrom: isPortOfFile ? `udp.port in ${file ?? ''}` : (udpPort?.from ?? '--udp-port') };
  }

  return { http, isExposed, token, load };
}

const withOrigins = (origins: readonly string[] | undefined): Pick<RouterConfig, 'origins'> =>
  origins === undefined ? {} : { origins };

/** Host names; undefined where none is given. */
function toHosts(texts: readonly string[]): readonly string[] | undefined {
  const wrong = texts.find((text) => !isHostName(text));
  if (wrong === undefined) return texts.length === 0 ? undefined : texts;
  throw new UsageError(
    `--allowed-host must be a host name such as metlog.example.com, without a port, got ${quoted(wrong)}`,
  );
}

/** A host alone: `::1` needs no brackets on a command line, and a port is another option. */
function toAddress(from: string, text: string | undefined): string | undefined {
  if (text === undefined || text === 'localhost' || isIP(text) !== 0) return text;
  throw new UsageError(`${from} must be an IP address or localhost, got ${quoted(text)}`);
}

/** The router would say so too, but of `udp.host`, which nobody has written. */
function requireKeys(host: string | undefined, config: RouterConfig): void {
  if (host === undefined || isLoopback(host) || takesOtherMachines(config)) return;
  throw new UsageError(
    `--udp-host must be 127.0.0.1, ::1 or localhost where the configuration has neither keys with a secret nor allowUnsigned: true, got ${quoted(host)}: messages from other machines could be forged`,
  );
}
