import { setTimeout as sleep } from 'node:timers/promises';
import { SEVERITY } from '../core/severity.ts';
import { wantsColours } from './colours.ts';
import { CommandError, UsageError, type CliContext, type Command, type CommandLine } from './command.ts';
import { toOneOf, toServerUrl, toWholeNumber } from './option-values.ts';
import { requestServer } from './server-api.ts';
import { readServerSentEvents, type ServerSentEvent } from './server-sent-events.ts';
import { formatMessage } from './tail-format.ts';
import { quoted, safeJson } from './terminal-text.ts';

export const DEFAULT_SERVER_URL = 'http://127.0.0.1:5566';
const FORMATS = ['text', 'ndjson'] as const;
/** Between attempts to come back to a server that went away. */
const RECONNECT_MS = 1_000;

export const tailCommand: Command = {
  name: 'tail',
  positionals: [],
  options: {
    type: {
      value: 'TYPE',
      multiple: true,
      about: 'only messages of this type; * stands for any text; may be repeated (default all but metlog.*)',
    },
    logger: { value: 'LOGGER', multiple: true, about: 'only messages of this logger; likewise' },
    metadata: {
      value: 'KEY=VALUE',
      multiple: true,
      about:
        'only messages with this in their metadata; * stands for any text, dots lead into objects; may be repeated',
    },
    text: { value: 'TEXT', about: 'only messages whose payload or metadata holds this text, in whatever case' },
    severity: { value: 'N', about: 'only messages at least as grave: 0 (emergency) to 7 (debug, the default)' },
    url: { value: 'URL', about: `the \`metlog serve\` to watch (default ${DEFAULT_SERVER_URL})` },
    format: { value: 'FORMAT', about: `${FORMATS.join(', ')} (default text)` },
  },
  examples: [
    'metlog tail --type "order.*" --logger shop',
    'metlog tail --metadata "name=auth.*" --text timeout',
    'metlog tail --severity 3 --format ndjson',
  ],

  async run(line, context) {
    const url = toServerUrl({ from: '--url', text: line.value('url') ?? DEFAULT_SERVER_URL });
    const format = toOneOf({ from: '--format', text: line.value('format') ?? 'text' }, FORMATS);
    const path = `/api/tail?${filterQuery(line).toString()}`;
    const print = format === 'ndjson' ? printJson : printText;
    const signal = context.watchSignals();
    const tell = (text: string): void => void context.stderr.write(`metlog tail: ${text}\n`);
    const isStopped = (): boolean => signal.aborted;

    let complaint = ''; // the last one since there was a connection
    for (let connections = 0; !isStopped();) {
      try {
        const response = await requestServer(url, path, context.env, { signal });
        if (connections++ > 0) tell(`${url.origin} is back`);
        complaint = '';
        if (response.body !== null)
          for await (const event of readServerSentEvents(response.body)) print(event, context);
        tell(`${url.origin} ended the stream; waiting for it to come back`);
      } catch (error) {
        if (isStopped()) break;
        if (connections === 0) throw error;
        const text =
          error instanceof CommandError
            ? error.message
            : `the connection to ${url.origin} broke; waiting for it to come back`;
        if (text !== complaint) tell(text);
        complaint = text;
      }
      await pause(signal);
    }
    return 0;
  },
};

function filterQuery(line: CommandLine): URLSearchParams {
  const query = new URLSearchParams();
  for (const type of line.values('type')) query.append('type', type);
  for (const logger of line.values('logger')) query.append('logger', logger);
  for (const pair of line.values('metadata')) {
    if (pair.indexOf('=') < 1) throw new UsageError(`--metadata must be KEY=VALUE, got ${quoted(pair)}`);
    query.append('metadata', pair);
  }
  const text = line.value('text');
  if (text !== undefined) query.set('text', text);
  const severity = line.value('severity');
  if (severity !== undefined)
    query.set(
      'severity',
      String(toWholeNumber({ from: '--severity', text: severity }, SEVERITY.emergency, SEVERITY.debug)),
    );
  return query;
}

function printText(event: ServerSentEvent, { stdout, stderr, env }: CliContext): void {
  if (event.event === 'gap') stderr.write(`metlog tail: ${gapText(event.data)}\n`);
  else stdout.write(`${formatMessage(event.data, wantsColours(stdout, env))}\n`);
}

function printJson(event: ServerSentEvent, { stdout, stderr }: CliContext): void {
  if (event.event === 'gap') stderr.write(`metlog tail: ${gapText(event.data)}\n`);
  else stdout.write(`${safeJson(event.data)}\n`);
}

function gapText(data: string): string {
  const skipped = /^\{"skipped":(\d+)\}$/.exec(data)?.[1] ?? 'some';
  return `${skipped} messages were skipped, as they came faster than they were read`;
}

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await sleep(RECONNECT_MS, undefined, { signal });
  } catch {
    return; // interrupted: the caller looks at the signal itself
  }
}
