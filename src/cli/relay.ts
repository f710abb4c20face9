import { messageOf } from '../core/text-of.ts';
import { createRelay, type Relay } from '../relay/relay.ts';
import { createScript } from '../relay/script.ts';
import { systemClock } from '../router/clock.ts';
import { onceAWhile } from '../router/once-a-while.ts';
import { readBuilt } from './built-files.ts';
import { type CliContext, type Command } from './command.ts';
import { startHttpServer } from './http-server.ts';
import { relayRoutes } from './relay-routes.ts';
import { readRelaySettings, RELAY_OPTIONS, type RelaySettings } from './relay-settings.ts';
import { aborted, cannotListen, closeInTime, hostPort, type Part } from './serving.ts';
import { safeText } from './terminal-text.ts';

/** Answers under way may take this long once the end was asked for. */
const HTTP_CLOSE_MS = 2_000;

export const relayCommand: Command = {
  name: 'relay',
  positionals: [],
  options: RELAY_OPTIONS,
  examples: [
    'metlog relay --dest udp://metlog.internal:5565 --origin https://shop.example',
    'METLOG_SECRET=relay-1:… metlog relay --dest udp://metlog.internal:5565 --host 0.0.0.0 --config metlog.config.ts',
  ],
  run: (line, context) => relay(readRelaySettings(line, context), context),
};

async function relay(settings: RelaySettings, context: CliContext): Promise<number> {
  const tell = (text: string): void => void context.stderr.write(`metlog relay: ${safeText(text)}\n`);
  const stop = context.watchSignals();
  const parts: Part[] = []; // the last started comes first
  try {
    const started = await start(settings, context, parts, tell);
    reloadAtHangup(settings, context, started, tell);
    await aborted(stop);
  } finally {
    if (!(await closeInTime(parts, tell))) context.abandon();
  }
  return 0;
}

async function start(
  settings: RelaySettings,
  { stdout }: CliContext,
  parts: Part[],
  tell: (text: string) => void,
): Promise<Relay> {
  const { http, dest, secret, isLocal } = settings;
  const warn = onceAWhile(tell, systemClock);
  const started = createRelay({ dest, secret, ...(await settings.load()) }, { clock: systemClock, warn });
  parts.unshift(started);
  const routes = relayRoutes(started, { isLocal, script: createScript(readBuilt) });
  const server = await startHttpServer(http.host, http.port, routes).catch((error: unknown) => {
    throw cannotListen(http, error);
  });
  parts.unshift({ close: () => server.close(HTTP_CLOSE_MS) });
  stdout.write(`metlog: http://${hostPort({ host: http.host, port: server.port })}\n`);
  stdout.write('metlog: ready\n');
  return started;
}

/** What goes wrong is told, and changes nothing. */
function reloadAtHangup(
  settings: RelaySettings,
  context: CliContext,
  started: Relay,
  tell: (text: string) => void,
): void {
  const reload = async (): Promise<void> => {
    started.reload(await settings.load());
    tell('configuration reloaded');
  };
  let latest = Promise.resolve();
  context.onHangup(() => {
    latest = latest
      .then(reload)
      .catch((error: unknown) => tell(`configuration not reloaded, all stays as it was: ${messageOf(error)}`));
  });
}
