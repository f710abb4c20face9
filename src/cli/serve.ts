import { fileURLToPath } from 'node:url';
import { messageOf } from '../core/text-of.ts';
import { systemClock } from '../router/clock.ts';
import { resolveRouterConfig } from '../router/config.ts';
import { StartError } from '../router/errors.ts';
import type { RouterConfig } from '../router/router-config.ts';
import { createRouter, type Router } from '../router/router.ts';
import { runRouteTests } from '../router/routes/run-route-tests.ts';
import { createRelay } from '../relay/relay.ts';
import { createReport } from '../report/report.ts';
import { openStore } from '../store/query.ts';
import { CommandError, type CliContext, type Command } from './command.ts';
import { counted } from './counted.ts';
import { startHttpServer } from './http-server.ts';
import { routeTestText } from './route-test-text.ts';
import { readServeSettings, SERVE_OPTIONS, type Endpoint, type ServeSettings } from './serve-settings.ts';
import { safeText } from './terminal-text.ts';

/** Answers under way may take this long once the end was asked for; the rest of the ten seconds is the journal's. */
const HTTP_CLOSE_MS = 2_000;
/** Whatever is not done by then is left as it is: what is journaled is taken up by the next start. */
const MAX_CLOSE_MS = 9_000;

export const serveCommand: Command = {
  name: 'serve',
  positionals: [],
  options: SERVE_OPTIONS,
  examples: [
    'metlog serve',
    'metlog serve --config metlog.config.ts',
    'metlog serve --data-dir /var/lib/metlog --udp-port 6565 --http-port 0',
  ],
  run: (line, context) => serve(readServeSettings(line, context), context),
};

/** What was started, and how to stop it. */
interface Part {
  close(): Promise<void>;
}

async function serve(settings: ServeSettings, context: CliContext): Promise<number> {
  const tell = (text: string): void => void context.stderr.write(`metlog serve: ${safeText(text)}\n`);
  const stop = context.watchSignals();
  const failed = new AbortController();
  const parts: Part[] = []; // the last started comes first
  try {
    const starting = start(settings, context, parts, { tell, onFailed: (error) => failed.abort(error) });
    reloadAtHangup(settings, context, starting, tell);
    // Whoever ends it does not wait for what is only just being opened; nothing has been received yet.
    await Promise.race([starting, aborted(stop)]);
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

/** One reload after the other, the first once all has started. What goes wrong is told, and changes nothing. */
function reloadAtHangup(
  settings: ServeSettings,
  context: CliContext,
  starting: Promise<Router>,
  tell: (text: string) => void,
): void {
  const reload = async (): Promise<void> => {
    const router = await starting;
    const { file, router: config } = await settings.load();
    if (file === undefined) {
      tell('nothing to reload: there is no configuration file');
      return;
    }
    requireRouteTests(file, config);
    await router.reload(config);
    const sinkCount = Object.keys(config.sinks ?? {}).length;
    tell(`configuration reloaded: ${counted(sinkCount, 'sink')}, ${counted(config.routes?.length ?? 0, 'route')}`);
  };
  let latest = Promise.resolve();
  context.onHangup(() => {
    latest = latest
      .then(reload)
      .catch((error: unknown) => tell(`configuration not reloaded, all stays as it was: ${messageOf(error)}`));
  });
}

async function start(
  settings: ServeSettings,
  { stdout }: CliContext,
  parts: Part[],
  { tell, onFailed }: Voices,
): Promise<Router> {
  const { http } = settings;
  const { file, router: config, udpPortFrom } = await settings.load();
  requireRouteTests(file, config);
  const router = await createRouter(config, { warn: tell, onFailed }).catch((error: unknown) => {
    if (!(error instanceof StartError) || error.code !== 'udp-unusable') throw error;
    throw new CommandError(`${error.message}; ${udpPortFrom} names another port (0: any free one)`, { cause: error });
  });
  parts.unshift(router);
  const store = await openStore(resolveRouterConfig(config).archive.dir);
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
  return router;
}

/** Throws CommandError, which names the first, if route tests of the configuration fail. */
function requireRouteTests(file: string | undefined, config: RouterConfig): void {
  const { routes = [], routeTests = [], sinks = {} } = config;
  const [failure, ...more] = runRouteTests(routeTests, routes, Object.keys(sinks));
  if (failure === undefined) return;
  const rest = more.length === 0 ? '' : `; ${counted(more.length, 'more route test')} failed, see \`metlog check\``;
  throw new CommandError(`${file === undefined ? '' : `${file}: `}${routeTestText(failure)}${rest}`);
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

const hostPort = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
