import type { JsonValue } from '../core/json.ts';
import { setOwn } from '../core/json.ts';
import { isSeverity, type Severity } from '../core/severity.ts';
import { createMetlog } from '../node/client.ts';
import { CommandError, UsageError, type Command } from './command.ts';
import { toWholeNumber } from './option-values.ts';
import { quoted } from './terminal-text.ts';

const DEFAULT_LOGGER = 'metlog-cli';

export const sendCommand: Command = {
  name: 'send',
  positionals: [{ name: 'TYPE', wanted: 'the type of the message, e.g. order.placed' }],
  options: {
    payload: { value: 'TEXT', about: 'the content (default empty)' },
    metadata: {
      value: 'K=V',
      multiple: true,
      about: 'a key and its value; numbers, true, false and null as such; may be repeated',
    },
    logger: { value: 'NAME', about: `who says it (METLOG_LOGGER; default ${DEFAULT_LOGGER})` },
    severity: { value: 'N', about: '0 (emergency) to 7 (debug) (default 6)' },
    dest: { value: 'URL', about: 'udp://host:port or http://host:port (METLOG_DEST; default udp://127.0.0.1:5565)' },
  },
  about: 'Sends one message.',
  examples: ['metlog send deploy.done --payload v1.4.2 --metadata took=12.5 --metadata ok=true'],

  async run(line, { env, stdout }) {
    const [type = ''] = line.positionals;
    const metadata = toMetadata(line.values('metadata'));
    const severityText = line.value('severity');
    const severity = severityText === undefined ? undefined : toSeverity(severityText);
    const problems: string[] = [];
    const metlog = create({
      logger: line.value('logger') ?? (env['METLOG_LOGGER'] || DEFAULT_LOGGER),
      dest: line.value('dest'),
      enabled: true,
      strict: false,
      onError: ({ message }) => problems.push(message),
    });
    const payload = line.value('payload');
    metlog.send(type, { payload, metadata, severity });
    await metlog.close();
    const { sent, dropped } = metlog.stats;
    if (dropped.invalid !== undefined) throw new UsageError(problems.join('; '));
    if (sent === 0) throw new CommandError(problems.join('; ') || 'the message did not leave');
    stdout.write(`sent ${quoted(type)}\n`);
    return 0;
  },
};

/** What the SDK says of an option that is wrong is said of the command line. */
function create(options: Parameters<typeof createMetlog>[0]): ReturnType<typeof createMetlog> {
  try {
    return createMetlog(options);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function toSeverity(text: string): Severity {
  const severity = toWholeNumber({ from: '--severity', text }, 0, 7);
  if (!isSeverity(severity)) throw new UsageError(`--severity must be a whole number from 0 to 7, got ${quoted(text)}`);
  return severity;
}

function toMetadata(pairs: readonly string[]): Record<string, JsonValue> {
  const metadata: Record<string, JsonValue> = {};
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new UsageError(`--metadata must be key=value, got ${quoted(pair)}`);
    setOwn(metadata, pair.slice(0, equals), toJsonScalar(pair.slice(equals + 1)));
  }
  return metadata;
}

/** A number, true, false or null as such; all else, also numbers that would not come back as they were written (007, 1e400), as text. */
function toJsonScalar(text: string): JsonValue {
  if (text === 'true') return true;
  if (text === 'false') return false;
  if (text === 'null') return null;
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text) && (text.includes('.') || Number.isSafeInteger(Number(text)))
    ? Number(text)
    : text;
}
