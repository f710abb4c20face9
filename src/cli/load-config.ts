import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { messageOf } from '../core/text-of.ts';
import { checkRouterConfig } from '../router/config-schema.ts';
import { ConfigError } from '../router/errors.ts';
import type { RouterConfig } from '../router/router-config.ts';
import { CommandError, UsageError } from './command.ts';
import { envSinks } from './env-sinks.ts';
import { CONFIG_EXTENSIONS, importConfig } from './import-config.ts';
import type { Given } from './option-values.ts';
import { quoted } from './terminal-text.ts';

/** A configuration, checked, and where it comes from. */
export interface LoadedConfig {
  /** The file, as it was named or found; undefined where there is none. */
  readonly file: string | undefined;
  /** Environment variables that it takes sinks from. */
  readonly variables: readonly string[];
  readonly config: RouterConfig;
}

export interface ConfigPlace {
  /** The folder that relative paths begin at, and where a file that nobody named is looked for. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const DEFAULT_FILES = ['metlog.config.ts', 'metlog.config.mjs', 'metlog.config.json'];

/** The file that `--config` or METLOG_CONFIG names, else the first of the usual that is in the working folder, else undefined. */
export function findConfigFile(option: string | undefined, { cwd, env }: ConfigPlace): Given | undefined {
  if (option !== undefined) return { from: '--config', text: option };
  const named = env['METLOG_CONFIG'];
  if (named !== undefined && named !== '') return { from: 'METLOG_CONFIG', text: named };
  const found = DEFAULT_FILES.find((name) => existsSync(resolve(cwd, name)));
  return found === undefined ? undefined : { from: 'the working folder', text: found };
}

/**
 * Loads and checks the configuration. Where it names neither sinks nor routes, environment variables may (`envSinks`). Called again, it sees
 * the file as it is now. Rejects with UsageError if the file is not there, and with an error of one line, which names the file, if it cannot
 * be used. Nothing is opened and no sink is made.
 */
export async function loadConfig(file: Given | undefined, place: ConfigPlace): Promise<LoadedConfig> {
  const config = await loadConfigFile(file, place);
  if (config.sinks !== undefined || config.routes !== undefined) return { file: file?.text, variables: [], config };
  const { variables, config: added } = envSinks(place.env);
  return { file: file?.text, variables, config: { ...config, ...added } };
}

/** The same, of the file alone: for who makes no sinks. */
export async function loadConfigFile(
  file: Given | undefined,
  { cwd }: Pick<ConfigPlace, 'cwd'>,
): Promise<RouterConfig> {
  if (file === undefined) return {};
  const { from, text } = file;
  const path = resolve(cwd, text);
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) throw new UsageError(`${from} must be a file, and there is none at ${quoted(text)}`);
  if (!CONFIG_EXTENSIONS.includes(extname(path))) {
    throw new UsageError(`${from} must be a file that ends in ${CONFIG_EXTENSIONS.join(', ')}, got ${quoted(text)}`);
  }
  try {
    return checkRouterConfig(await importConfig(path));
  } catch (error) {
    const why = `${text}: ${messageOf(error)}`;
    throw error instanceof ConfigError ? new ConfigError(error.code, why) : new CommandError(why, { cause: error });
  }
}
