import type { JsonValue } from '../core/json.ts';
import { setOwn } from '../core/json.ts';
import { isName, MAX_NAME_LENGTH } from '../core/name.ts';
import { DEFAULT_SEVERITY, isSeverity, type Severity } from '../core/severity.ts';
import { createMetlog } from '../node/client.ts';
import { DEFAULT_DEST, parseDest } from '../node/dest.ts';
import { CommandError, UsageError, type Command } from './command.ts';
import { optionOr, toWholeNumber, type Given } from './option-values.ts';
import { quoted } from './terminal-text.ts';

/** Of an address within a sentence. */
const CREDENTIALS = /\/\/\S*@/g;
const DEFAULT_LOGGER = 'metlog-cli';
/** Time for a name to resolve and for attempts at a server that comes up. */
const CLOSE_MS = 10_000;

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
  examples: ['metlog send deploy.done --payload v1.4.2 --metadata took=12.5 --metadata ok=true'],

  async run(line, { env, stdout }) {
    const type = toName({ from: 'TYPE', text: line.positionals[0] ?? '' });
    const logger = toName(optionOr('logger', line.value('logger'), 'METLOG_LOGGER', env, DEFAULT_LOGGER));
    const dest = toDest(optionOr('dest', line.value('dest'), 'METLOG_DEST', env, DEFAULT_DEST));
    const metadata = toMetadata(line.values('metadata'));
    const severity = toSeverity(line.value('severity') ?? String(DEFAULT_SEVERITY));
    const payload = line.value('payload');
    const problems: string[] = [];
    const metlog = createMetlog({
      logger,
      dest,
      enabled: true,
      strict: false,
      onError: ({ message }) => problems.push(message),
    });
    metlog.send(type, { payload, metadata, severity });
    await metlog.close(CLOSE_MS);
    if (metlog.stats.sent === 0) {
      const why = problems.join('; ') || `the message did not reach ${dest} within ${CLOSE_MS / 1_000} s`;
      throw new CommandError(why.replace(CREDENTIALS, '//…@'));
    }
    stdout.write(`sent ${quoted(type)}\n`);
    return 0;
  },
};

function toName({ from, text }: Given): string {
  const { length } = text;
  if (isName(text)) return text;
  throw new UsageError(`${from} must have 1 to ${MAX_NAME_LENGTH} characters, got ${length}`);
}

function toDest({ from, text }: Given): string {
  if (typeof parseDest(text) !== 'string') return text;
  throw new UsageError(
    `${from} must be an address such as ${DEFAULT_DEST} or http://127.0.0.1:5566, got ${quoted(text)}`,
  );
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
