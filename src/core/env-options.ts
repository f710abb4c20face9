import { isOptionValue } from './option-rules.ts';
import type { MetlogOptions } from './options.ts';

/** How the text of each variable becomes the option's value. */
export const OPTION_VARIABLES: {
  readonly [Name in keyof MetlogOptions]?: { readonly variable: string; readonly read: (text: string) => unknown };
} = {
  logger: { variable: 'METLOG_LOGGER', read: String },
  dest: { variable: 'METLOG_DEST', read: String },
  release: { variable: 'METLOG_RELEASE', read: String },
  environment: { variable: 'METLOG_ENVIRONMENT', read: String },
  metadata: { variable: 'METLOG_METADATA', read: readJson },
  timers: { variable: 'METLOG_TIMERS', read: readRates },
  rate: { variable: 'METLOG_RATE', read: Number },
  maxQueueBytes: { variable: 'METLOG_MAX_QUEUE_BYTES', read: Number },
  flushMs: { variable: 'METLOG_FLUSH_MS', read: Number },
  maxDatagramBytes: { variable: 'METLOG_MAX_DATAGRAM_BYTES', read: Number },
  aggregate: { variable: 'METLOG_AGGREGATE', read: readFlag },
  secret: { variable: 'METLOG_SECRET', read: String },
  enabled: { variable: 'METLOG_ENABLED', read: readFlag },
  strict: { variable: 'METLOG_STRICT', read: readFlag },
  debug: { variable: 'METLOG_DEBUG', read: readFlag },
};

/** What the environment says about the options. A variable with a wrong value is told to `onBad` and counts as not set: it must not stop the application. */
export function readEnvOptions(
  env: Readonly<Record<string, string | undefined>>,
  onBad: (message: string) => void,
): MetlogOptions {
  const options: Record<string, unknown> = {};
  for (const [name, { variable, read }] of Object.entries(OPTION_VARIABLES)) {
    const text = env[variable];
    if (text === undefined || text.trim() === '') continue;
    const value = read(text);
    if (value !== undefined && isOptionValue(name as keyof MetlogOptions, value)) options[name] = value;
    else onBad(`${variable} has a value that cannot be used and is ignored: ${shown(name, text)}`);
  }
  return options;
}

/** A secret is not shown, not even a wrong one. */
function shown(name: string, text: string): string {
  return name === 'secret' ? 'it is no <key id>:<secret>' : JSON.stringify(text.slice(0, 60));
}

function readFlag(text: string): boolean | undefined {
  if (/^(?:1|true|yes|on)$/i.test(text)) return true;
  return /^(?:0|false|no|off)$/i.test(text) ? false : undefined;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // told by the caller, as every value that cannot be used
  }
}

/** `auth.*=0.1,debug.*=0`, or the same as a JSON object. */
function readRates(text: string): unknown {
  if (text.trimStart().startsWith('{')) return readJson(text);
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.lastIndexOf('=');
      return [pair.slice(0, at).trim(), at < 1 ? Number.NaN : readNumber(pair.slice(at + 1))];
    }),
  );
}

function readNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}
