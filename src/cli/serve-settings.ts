import { isIP } from 'node:net';
import { isLoopback, takesOtherMachines } from '../router/config-schema.ts';
import type { RouterConfig } from '../router/router-config.ts';
import { isLoopbackHost } from '../report/guards.ts';
import { UsageError, type CliContext, type CommandLine, type OptionSpec } from './command.ts';
import { DEFAULT_DATA_DIR } from './data-dir.ts';
import { DEFAULT_HTTP_PORT, ORIGIN_OPTION, toHttpPort, toOrigins, type Endpoint } from './endpoint.ts';
import { findConfigFile, loadConfig } from './load-config.ts';
import { optionOr, optionOrVariable, toPort, toWholeNumber, type Given } from './option-values.ts';
import { quoted } from './terminal-text.ts';

const DEFAULT_HOST = '127.0.0.1';
const MAX_RETENTION_DAYS = 36_500;

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
  host: { value: 'HOST', about: `loopback address for HTTP (default ${DEFAULT_HOST})` },
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
  const host = toAddress('--udp-host', line.value('udp-host'));
  const httpPort = optionOr('http-port', line.value('http-port'), 'METLOG_HTTP_PORT', env, DEFAULT_HTTP_PORT);
  const origins = toOrigins(line.values('origin'));
  const http = {
    host: toLoopback({ from: '--host', text: line.value('host') ?? DEFAULT_HOST }),
    port: toHttpPort(httpPort),
    from: httpPort.from,
  };

  async function load(): Promise<ServeConfig> {
    const place = { cwd: process.cwd(), env };
    const { file, config } = await loadConfig(findConfigFile(line.value('config'), place), place);
    requireKeys(host, config);
    const router: RouterConfig = {
      ...config,
      ...(dataDir !== undefined && { dataDir }),
      ...(origins !== undefined && { origins }),
      udp: { ...config.udp, ...(host !== undefined && { host }), ...(port !== undefined && { port }) },
      archive: { ...config.archive, ...(retentionDays !== undefined && { retentionDays }) },
    };
    const isPortOfFile = udpPort === undefined && config.udp?.port !== undefined;
    return { file, router, udpPortFrom: isPortOfFile ? `udp.port in ${file ?? ''}` : (udpPort?.from ?? '--udp-port') };
  }

  return { http, load };
}

/** A host alone: `::1` needs no brackets on a command line, and a port is another option. */
function toLoopback({ from, text }: Given): string {
  if (isLoopbackHost(text.includes(':') ? `[${text}]` : text) && !text.endsWith('.localhost')) return text;
  throw new UsageError(
    `${from} must be 127.0.0.1, ::1 or localhost, got ${quoted(text)}: other machines could read everything, as there are no passwords yet`,
  );
}

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
