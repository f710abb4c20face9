import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../core/text-of.ts';
import { systemClock } from '../router/clock.ts';
import { StartError } from '../router/errors.ts';
import { createRouter } from '../router/router.ts';
import { createRelay } from '../relay/relay.ts';
import { isLoopbackHost } from '../report/guards.ts';
import { createReport } from '../report/report.ts';
import { openStore } from '../store/query.ts';
import { CommandError, UsageError, type CliContext, type Command } from './command.ts';
import { ARCHIVE_FOLDER, DEFAULT_DATA_DIR } from './data-dir.ts';
import { startHttpServer } from './http-server.ts';
import { optionOr, toPort, toWholeNumber, type Given } from './option-values.ts';
import { quoted, safeText } from './terminal-text.ts';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_UDP_PORT = '5565';
const DEFAULT_HTTP_PORT = '5566';
const DEFAULT_RETENTION_DAYS = '30';
const MAX_RETENTION_DAYS = 36_500;
/** Answers under way may take this long once the end was asked for; the rest of the ten seconds is the journal's. */
const HTTP_CLOSE_MS = 2_000;
/** Whatever is not done by then is left as it is: what is journaled is taken up by the next start. */
const MAX_CLOSE_MS = 9_000;

export const serveCommand: Command = {
  name: 'serve',
  positionals: [],
  options: {
    'data-dir': { value: 'DIR', about: `where everything is kept (METLOG_DATA_DIR; default ${DEFAULT_DATA_DIR})` },
    'udp-port': {
      value: 'PORT',
      about: `where messages arrive; 0 for any free one (METLOG_UDP_PORT; default ${DEFAULT_UDP_PORT})`,
    },
    'http-port': {
      value: 'PORT',
      about: `page, API and messages of web pages; 0 for any free one (METLOG_HTTP_PORT; default ${DEFAULT_HTTP_PORT})`,
    },
    'retention-days': {
      value: 'N',
      about: `whole days that are kept; older ones are deleted (METLOG_RETENTION_DAYS; default ${DEFAULT_RETENTION_DAYS})`,
    },
    host: { value: 'HOST', about: `loopback address for HTTP (default ${DEFAULT_HOST})` },
    'udp-host': { value: 'HOST', about: `loopback address for UDP (default ${DEFAULT_HOST})` },
  },
  examples: ['metlog serve', 'metlog serve --data-dir /var/lib/metlog --udp-port 6565 --http-port 0'],

  async run(line, context) {
    const { env } = context;
    const dataDir = optionOr('data-dir', line.value('data-dir'), 'METLOG_DATA_DIR', env, DEFAULT_DATA_DIR).text;
    const udpPort = optionOr('udp-port', line.value('udp-port'), 'METLOG_UDP_PORT', env, DEFAULT_UDP_PORT);
    const httpPort = optionOr('http-port', line.value('http-port'), 'METLOG_HTTP_PORT', env, DEFAULT_HTTP_PORT);
    const retention = optionOr(
      'retention-days',
      line.value('retention-days'),
      'METLOG_RETENTION_DAYS',
      env,
      DEFAULT_RETENTION_DAYS,
    );
    const settings: Settings = {
      dataDir,
      retentionDays: toWholeNumber(retention, 1, MAX_RETENTION_DAYS),
      udp: {
        host: toLoopback({ from: '--udp-host', text: line.value('udp-host') ?? DEFAULT_HOST }),
        port: toPort(udpPort),
        from: udpPort.from,
      },
      http: {
        host: toLoopback({ from: '--host', text: line.value('host') ?? DEFAULT_HOST }),
        port: toPort(httpPort),
        from: httpPort.from,
      },
    };
    return serve(settings, context);
  },
};

interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** What said so. */
  readonly from: string;
}

interface Settings {
  readonly dataDir: string;
  readonly retentionDays: number;
  readonly udp: Endpoint;
  readonly http: Endpoint;
}

/** What was started, and how to stop it. */
interface Part {
  close(): Promise<void>;
}

async function serve(settings: Settings, context: CliContext): Promise<number> {
  const tell = (text: string): void => void context.stderr.write(`metlog serve: ${safeText(text)}\n`);
  const stop = context.watchSignals();
  const failed = new AbortController();
  const parts: Part[] = []; // the last started comes first
  try {
    await start(settings, context, parts, { tell, onFailed: (error) => failed.abort(error) });
    await aborted(AbortSignal.any([stop, failed.signal]));
    if (failed.signal.aborted) throw new CommandError(`receiving has ended: ${messageOf(failed.signal.reason)}`);
  } finally {
    if (!(await closeInTime(parts, tell))) context.abandon();
  }
  return 0;
}

interface Voices {
  tell(text: string): void;
  onFailed(error: Error): void;
}

async function start(
  settings: Settings,
  { stdout }: CliContext,
  parts: Part[],
  { tell, onFailed }: Voices,
): Promise<void> {
  const { dataDir, retentionDays, udp, http } = settings;
  const router = await createRouter(
    { dataDir, archive: { retentionDays }, udp: { host: udp.host, port: udp.port } },
    { warn: tell, onFailed },
  ).catch((error: unknown) => {
    if (!(error instanceof StartError) || error.code !== 'udp-unusable') throw error;
    throw new CommandError(`${error.message}; ${udp.from} names another port (0: any free one)`, { cause: error });
  });
  parts.unshift(router);
  const store = await openStore(join(dataDir, ARCHIVE_FOLDER));
  parts.unshift(store);
  const report = createReport({
    store,
    router,
    relay: createRelay({ deliver: (body) => router.accept(body, 'http') }),
    clock: systemClock,
    uiDir: fileURLToPath(new URL('./ui/', import.meta.url)),
    onError: (error) => tell(messageOf(error)),
  });
  const server = await startHttpServer(http.host, http.port, (request) => report.fetch(request)).catch(
    (error: unknown) => {
      throw cannotListen(http, error);
    },
  );
  parts.unshift({
    close() {
      report.close(); // its streams would keep the server from closing
      return server.close(HTTP_CLOSE_MS);
    },
  });
  stdout.write(`metlog: udp://${hostPort(router.address)}\n`);
  stdout.write(`metlog: http://${hostPort({ host: http.host, port: server.port })}\n`);
  stdout.write('metlog: ready\n');
}

/** Closes the parts one after the other; false if one did not end in time, which is left: the next start takes up what is journaled. */
async function closeInTime(parts: readonly Part[], tell: (text: string) => void): Promise<boolean> {
  const late = AbortSignal.timeout(MAX_CLOSE_MS);
  for (const part of parts) {
    const closed = part.close().catch((error: unknown) => tell(`while closing: ${messageOf(error)}`));
    await Promise.race([closed, aborted(late)]);
  }
  if (late.aborted) tell('not all was archived in time; the next start goes on with what is journaled');
  return !late.aborted;
}

function cannotListen({ host, port, from }: Endpoint, error: unknown): CommandError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const why =
    code === 'EADDRINUSE' ? 'the port is in use' : code === 'EACCES' ? 'the port needs more rights' : messageOf(error);
  const address = `http://${hostPort({ host, port })}`;
  return new CommandError(`cannot listen at ${address}: ${why}; ${from} names another port (0: any free one)`, {
    cause: error,
  });
}

function toLoopback({ from, text }: Given): string {
  // A host alone: `::1` needs no brackets on a command line, and a port is another option.
  if (isLoopbackHost(text.includes(':') ? `[${text}]` : text) && !text.endsWith('.localhost')) return text;
  throw new UsageError(
    `${from} must be 127.0.0.1, ::1 or localhost, got ${quoted(text)}: other machines could read and write everything, as there are no keys and no passwords yet`,
  );
}

const hostPort = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
