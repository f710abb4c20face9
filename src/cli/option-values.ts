import { UsageError } from './command.ts';
import { quoted } from './terminal-text.ts';

/** A value and where it came from, as an error line names it: `--udp-port`, or `METLOG_UDP_PORT`. */
export interface Given {
  readonly from: string;
  readonly text: string;
}

/** An option's value, else that of an environment variable, else undefined. An empty variable counts as none. */
export function optionOrVariable(
  name: string,
  value: string | undefined,
  variable: string,
  env: Readonly<Record<string, string | undefined>>,
): Given | undefined {
  if (value !== undefined) return { from: `--${name}`, text: value };
  const set = env[variable];
  return set === undefined || set === '' ? undefined : { from: variable, text: set };
}

/** An option's value, else that of an environment variable, else the default. An empty variable counts as none. */
export function optionOr(
  name: string,
  value: string | undefined,
  variable: string,
  env: Readonly<Record<string, string | undefined>>,
  fallback: string,
): Given {
  return optionOrVariable(name, value, variable, env) ?? { from: `--${name}`, text: fallback };
}

/** A port; 0 lets the system choose. */
export function toPort({ from, text }: Given): number {
  return toWholeNumber({ from, text }, 0, 65_535, 'a port from 0 to 65535');
}

export function toWholeNumber(
  { from, text }: Given,
  least: number,
  most: number,
  wanted = `a whole number from ${least} to ${most}`,
): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${from} must be ${wanted}, got ${quoted(text)}`);
}

/** One of a few words. */
export function toOneOf<T extends string>({ from, text }: Given, words: readonly T[]): T {
  const word = words.find((known) => known === text);
  if (word !== undefined) return word;
  throw new UsageError(`${from} must be one of ${words.join(', ')}, got ${quoted(text)}`);
}

/** The address of a server, without a path. With a user or a password in it `fetch` takes none, and repeats it. */
export function toServerUrl({ from, text }: Given): URL {
  if (URL.canParse(text)) {
    const url = new URL(text);
    const isPlain = url.pathname === '/' && url.search === '' && url.username === '' && url.password === '';
    if ((url.protocol === 'http:' || url.protocol === 'https:') && isPlain) return url;
  }
  throw new UsageError(`${from} must be an address such as http://127.0.0.1:5566, got ${quoted(text)}`);
}
