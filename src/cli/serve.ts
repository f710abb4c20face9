import { fileURLToPath } from 'node:url';
import { messageOf } from '../core/text-of.ts';
import { systemClock } from '../router/clock.ts';
import { resolveRouterConfig } from '../router/config.ts';
import { StartError } from '../router/errors.ts';
import type { RouterConfig } from '../router/router-config.ts';
import { createRouter, type Router } from '../router/router.ts';
import { runRouteTests } from '../router/routes/run-route-tests.ts';
import { createRelay, type Relay } from '../relay/relay.ts';
import { createScript } from '../relay/script.ts';
import { createReport } from '../report/report.ts';
import { openStore } from '../store/query.ts';
import { CommandError, type CliContext, type Command } from './command.ts';
import { counted } from './counted.ts';
import { readBuilt } from './built-files.ts';
import { startHttpServer } from './http-server.ts';
import { relayRules } from './relay-rules.ts';
import { routeTestText } from './route-test-text.ts';
import { readServeSettings, SERVE_OPTIONS, type ServeSettings } from './serve-settings.ts';
import { aborted, cannotListen, closeInTime, hostPort, type Part } from './serving.ts';
import { safeText } from './terminal-text.ts';
import { visitorOf } from './visitor.ts';

const NO_TOKEN =
  'other machines can send messages, but nobody can see them: set METLOG_TOKEN, and whoever knows it can sign in';

/** Answers under way may take this long once the end was asked for; the rest of the ten seconds is the journal's. */
const HTTP_CLOSE_MS = 2_000;

export const serveCommand: Command = {
  name: 'serve',
  positionals: [],
  options: SERVE_OPTIONS,
  examples: [
    'metlog serve',
    'metlog serve --config metlog.config.ts',
    'metlog serve --origin https://shop.example',
    'metlog serve --data-dir /var/lib/metlog --udp-port 6565 --http-port 0',
    'METLOG_TOKEN=… metlog serve --host 0.0.0.0 --allowed-host metlog.internal',
  ],
  run: (line, context) => serve(readServeSettings(line, context), context),
};

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
    if (!(await closeInTime(parts, tell))) {
      tell('not all was archived in time; the next start goes on with what is journaled');
      context.abandon();
    }
  }
  return 0;
}

/** What goes by the configuration. */
interface Started {
  /** As it is now. */
  config: RouterConfig;
  readonly router: Router;
  readonly relay: Relay;
}

interface Voices {
  tell(text: string): void;
  onFailed(error: Error): void;
}

/** One reload after the other, the first once all has started. What goes wrong is told, and changes nothing. */
function reloadAtHangup(
  settings: ServeSettings,
  context: CliContext,
  starting: Promise<Started>,
  tell: (text: string) => void,
): void {
  const reload = async (): Promise<void> => {
    const started = await starting;
    const { router, relay } = started;
    const { file, router: config } = await settings.load();
    if (file === undefined) {
      tell('nothing to reload: there is no configuration file');
      return;
    }
    requireRouteTests(file, config);
    await router.reload(config);
    relay.reload(relayRules(config));
    started.config = config;
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
): Promise<Started> {
  const { http, isExposed, token } = settings;
  const { file, router: config, udpPortFrom } = await settings.load();
  requireRouteTests(file, config);
  const router = await createRouter(config, { warn: tell, onFailed }).catch((error: unknown) => {
    if (!(error instanceof StartError) || error.code !== 'udp-unusable') throw error;
    throw new CommandError(`${error.message}; ${udpPortFrom} names another port (0: any free one)`, { cause: error });
  });
  parts.unshift(router);
  const store = await openStore(resolveRouterConfig(config).archive.dir);
  parts.unshift(store);
  const relay = createRelay({
    deliver: (body, key) => router.accept(body, 'http', key),
    ...relayRules(config),
  });
  parts.unshift(relay);
  const started: Started = { config, router, relay };
  const report = createReport({
    store,
    router,
    relay,
    script: createScript(readBuilt),
    clock: systemClock,
    uiDir: fileURLToPath(new URL('./ui/', import.meta.url)),
    hosts: () => started.config.hosts ?? [],
    access: {
      token,
      isExposed,
      visitor: (request, info) => visitorOf(request, info, started.config.trustProxy ?? 0),
    },
    onError: (error) => tell(messageOf(error)),
  });
  const server = await startHttpServer(http.host, http.port, (request, info) => report.fetch(request, info)).catch(
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
  if (isExposed && token === undefined) tell(NO_TOKEN);
  stdout.write(`metlog: udp://${hostPort(router.address)}\n`);
  stdout.write(`metlog: http://${hostPort({ host: http.host, port: server.port })}\n`);
  stdout.write('metlog: ready\n');
  return started;
}

/** Throws CommandError, which names the first, if route tests of the configuration fail. */
function requireRouteTests(file: string | undefined, config: RouterConfig): void {
  const { routes = [], routeTests = [], sinks = {} } = config;
  const [failure, ...more] = runRouteTests(routeTests, routes, Object.keys(sinks));
  if (failure === undefined) return;
  const rest = more.length === 0 ? '' : `; ${counted(more.length, 'more route test')} failed, see \`metlog check\``;
  throw new CommandError(`${file === undefined ? '' : `${file}: `}${routeTestText(failure)}${rest}`);
}
