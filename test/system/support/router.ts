import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFailed } from 'vitest';
import { runCli, serve, tempDir, type CliOptions, type Serving } from '../../cli/run-cli.ts';

export interface ConfiguredRouter extends Serving {
  readonly configPath: string;
}

type RouterOptions = CliOptions & { readonly dataDir?: string; readonly udpPort?: string };

/** The built `metlog serve` with this configuration: an object for a JSON file, or the text of a module. It ends with the test. */
export async function startRouter(config: object | string, options: RouterOptions = {}): Promise<ConfiguredRouter> {
  const configPath = join(await tempDir(), `metlog.config.${typeof config === 'string' ? 'mjs' : 'json'}`);
  await writeConfig(configPath, config);
  return startRouterFrom(configPath, options);
}

/** The same with a configuration that is written already. */
export async function startRouterFrom(configPath: string, options: RouterOptions = {}): Promise<ConfiguredRouter> {
  const serving = await serve({ ...options, args: ['--config', configPath] });
  onTestFailed(() => console.error(`--- metlog serve (pid ${String(serving.child.pid)}) said:\n${serving.stderr()}`));
  return { ...serving, configPath };
}

export function writeConfig(path: string, config: object | string): Promise<void> {
  return writeFile(path, typeof config === 'string' ? config : JSON.stringify(config));
}

/** What the archive answers, read by a process of its own. */
export async function queryArchive(
  dataDir: string,
  sql: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const args = ['query', sql, '--data-dir', dataDir, '--format', 'json', '--max-rows', '1000000']; // all of it, however quick the machine
  const { code, stdout, stderr } = await runCli(args);
  if (code !== 0) throw new Error(`metlog query failed: ${stderr}`);
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>[];
}
