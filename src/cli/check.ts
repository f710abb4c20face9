import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { isRecord, parseJson } from '../core/json.ts';
import { resolveRouterConfig, type ResolvedRouterConfig } from '../router/config.ts';
import type { ReceivedMessage } from '../router/received-message.ts';
import { runRouteTests } from '../router/routes/run-route-tests.ts';
import { testMessage } from '../router/routes/test-message.ts';
import { CommandError, UsageError, type CliContext, type Command } from './command.ts';
import { counted } from './counted.ts';
import { explainText } from './explain-text.ts';
import { findConfigFile, loadConfig } from './load-config.ts';
import { routeTestText } from './route-test-text.ts';
import { quoted, safeText } from './terminal-text.ts';

export const checkCommand: Command = {
  name: 'check',
  positionals: [
    { name: 'FILE', wanted: 'a configuration; default: that of `metlog serve` in this folder', optional: true },
  ],
  options: {
    explain: {
      value: 'FILE',
      about: 'say of each message in FILE (JSON, one or a line each; - for stdin) where it goes and why',
    },
  },
  examples: [
    'metlog check metlog.config.ts',
    `echo '{"type":"exception","severity":3}' | metlog check --explain - metlog.config.ts`,
  ],

  async run(line, context) {
    const place = { cwd: process.cwd(), env: context.env };
    const [named] = line.positionals;
    const found = named === undefined ? findConfigFile(undefined, place) : { from: 'FILE', text: named };
    const { file, variables, config } = await loadConfig(found, place);
    const sources = [...(file === undefined ? [] : [file]), ...variables];
    if (sources.length === 0) {
      throw new UsageError('there is no configuration here, wanted: a file, or metlog.config.ts, .mjs or .json');
    }
    const resolved = resolveRouterConfig(config);
    const messages = line.value('explain');
    return messages === undefined
      ? runTests(sources.join(', '), resolved, context)
      : explain(messages, resolved, context);
  },
};

function runTests(source: string, config: ResolvedRouterConfig, { stdout, stderr }: CliContext): number {
  const { routes, routeTests, signatures } = config;
  const sinks = Object.keys(config.sinks);
  const tell = (text: string): void => void stderr.write(`metlog check: ${safeText(text)}\n`);
  const named = new Set(routes.flatMap(({ to }) => to));
  for (const sink of sinks) if (!named.has(sink)) tell(`no route names the sink ${sink}: it gets nothing`);
  const failures = runRouteTests(routeTests, routes, sinks);
  for (const failure of failures) tell(routeTestText(failure));
  if (failures.length > 0) {
    tell(`${failures.length} of ${counted(routeTests.length, 'route test')} failed`);
    return 1;
  }
  const keyCount = Object.keys(signatures.keys).length;
  const parts = [
    counted(sinks.length, 'sink'),
    counted(routes.length, 'route'),
    ...(keyCount === 0 ? [] : [counted(keyCount, 'key')]),
  ];
  stdout.write(`${safeText(source)}: ${parts.join(', ')}, ${counted(routeTests.length, 'route test')} passed\n`);
  return 0;
}

async function explain(file: string, config: ResolvedRouterConfig, context: CliContext): Promise<number> {
  const text = file === '-' ? await textOf(context.stdin) : await readMessages(file);
  for (const message of parseMessages(file, text)) context.stdout.write(explainText(message, config));
  return 0;
}

async function readMessages(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--explain must be a file, and none can be read at ${quoted(file)}`, { cause: error });
  }
}

/** One object, however it is laid out, or one a line. */
function parseMessages(file: string, text: string): readonly ReceivedMessage[] {
  const where = file === '-' ? 'stdin' : file;
  const whole = parseJson(text);
  const nowMs = Date.now();
  if (isRecord(whole)) return [toMessage(where, whole, nowMs)];
  const lines = text.split('\n');
  const messages = lines.flatMap((line, index) =>
    line.trim() === '' ? [] : [toMessage(`${where}, line ${index + 1}`, parseJson(line), nowMs)],
  );
  if (messages.length === 0) throw new CommandError(`${where}: there is no message, wanted: a JSON object`);
  return messages;
}

function toMessage(where: string, value: unknown, nowMs: number): ReceivedMessage {
  if (!isRecord(value)) throw new CommandError(`${where}: no message, wanted: a JSON object`);
  const made = testMessage(value, nowMs);
  if (made.ok) return made.message;
  throw new CommandError(`${where}: no message (${made.reason}), wanted: a type at least`);
}
