import { readFile } from 'node:fs/promises';
import { messageOf } from '../core/text-of.ts';
import { helpText, parseCommandLine } from './arguments.ts';
import { UsageError, type CliContext } from './command.ts';
import { COMMANDS, type CommandEntry } from './commands.ts';
import { quoted, safeText } from './terminal-text.ts';

/** Runs what the arguments say and resolves to the exit code: 0 done, 1 failed, 2 wrong use. What went wrong is one line on stderr. */
export async function runCommandLine(args: readonly string[], context: CliContext): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) return complain(context, 'metlog', `a command is missing, wanted: ${commandNames()}`, 2);
  if (name === 'help' || name === '--help' || name === '-h') return help(rest[0], context);
  if (name === '--version' || name === '-v') {
    context.stdout.write(`${await version()}\n`);
    return 0;
  }
  const entry = find(name);
  if (entry === undefined) return complain(context, 'metlog', unknownCommand(name), 2);
  try {
    const command = await entry.load();
    const line = parseCommandLine(command, rest);
    if (line.has('help')) return await help(name, context);
    return await command.run(line, context);
  } catch (error) {
    return complain(context, `metlog ${name}`, firstLine(error), error instanceof UsageError ? 2 : 1);
  }
}

const find = (name: string): CommandEntry | undefined => COMMANDS.find((command) => command.name === name);

const commandNames = (): string => [...COMMANDS.map((command) => command.name), 'help'].join(', ');

const unknownCommand = (name: string): string => `unknown command ${quoted(name)}, wanted: ${commandNames()}`;

function complain({ stderr }: CliContext, who: string, text: string, exitCode: number): number {
  stderr.write(`${who}: ${safeText(text)}\n`);
  return exitCode;
}

async function help(name: string | undefined, context: CliContext): Promise<number> {
  if (name === undefined) {
    context.stdout.write(overview(await version()));
    return 0;
  }
  const entry = find(name);
  if (entry === undefined) return complain(context, 'metlog', unknownCommand(name), 2);
  context.stdout.write(helpText(await entry.load(), entry.about));
  return 0;
}

function overview(versionText: string): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length));
  return [
    `metlog ${versionText}: what happens in an application, said in one line of code and asked for in SQL`,
    '',
    'usage: metlog COMMAND [options]',
    '',
    ...COMMANDS.map((command) => `  ${command.name.padEnd(width)}  ${command.about}`),
    '',
    '`metlog COMMAND --help` tells more of each.',
    '',
  ].join('\n');
}

/** The package's version. Its manifest lies above the built files, whichever of them this ends up in. */
async function version(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'of unknown version';
}

/** One line, without a stack: for a person who did not write this. */
function firstLine(error: unknown): string {
  return messageOf(error).split('\n', 1)[0]?.trim() || 'failed for an unknown reason';
}
