import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError, type Command, type CommandLine } from './command.ts';
import { quoted } from './terminal-text.ts';

/** Reads `args`. Throws UsageError for an option that is unknown, lacks its value or has one too many, and for too few or too many arguments. */
export function parseCommandLine(command: Command, args: readonly string[]): CommandLine {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, spec] of Object.entries(command.options)) {
    options[name] = { type: spec.value === undefined ? 'boolean' : 'string' };
  }
  options['help'] = { type: 'boolean', short: 'h' };
  // Not its own strictness: that of Node speaks of itself in several sentences. Tokens tell as much.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true, allowPositionals: true });
  const given = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const kind = Object.hasOwn(options, token.name) ? options[token.name]?.type : undefined;
    if (kind === undefined) throw new UsageError(`unknown option ${token.rawName}; wanted: ${known(command)}`);
    if (kind === 'boolean') {
      if (token.value !== undefined)
        throw new UsageError(`${token.rawName} takes no value, got ${quoted(token.value)}`);
      given.set(token.name, []);
      continue;
    }
    const spec = command.options[token.name];
    const value = token.value;
    // `--data-dir --http-port 0`: the next option is not this one's value.
    if (value === undefined || (!token.inlineValue && value.startsWith('--'))) {
      throw new UsageError(
        `${token.rawName} needs a value (${spec?.value ?? 'VALUE'})${value === undefined ? '' : `, got ${quoted(value)}`}`,
      );
    }
    if (value === '') throw new UsageError(`${token.rawName} must not be empty (${spec?.value ?? 'VALUE'})`);
    const values = given.get(token.name) ?? [];
    if (values.length > 0 && spec?.multiple !== true)
      throw new UsageError(`${token.rawName} is given twice, wanted once`);
    given.set(token.name, [...values, value]);
  }
  if (!given.has('help')) checkPositionals(command, positionals);
  return {
    value: (name) => given.get(name)?.at(-1),
    values: (name) => given.get(name) ?? [],
    has: (name) => given.has(name),
    positionals,
  };
}

function checkPositionals(command: Command, positionals: readonly string[]): void {
  const missing = command.positionals[positionals.length];
  if (missing !== undefined && missing.optional !== true)
    throw new UsageError(`${missing.name} is missing, wanted: ${missing.wanted}`);
  const surplus = positionals[command.positionals.length];
  if (command.positionals.at(-1)?.many === true) return;
  if (surplus !== undefined) throw new UsageError(`unexpected argument ${quoted(surplus)}; wanted: ${usage(command)}`);
}

const known = (command: Command): string =>
  [...Object.keys(command.options), 'help'].map((name) => `--${name}`).join(', ');

const usage = (command: Command): string =>
  [
    'metlog',
    command.name,
    ...command.positionals.map(({ name, optional, many }) =>
      [optional === true ? `[${name}]` : name, many === true ? '...' : ''].join(''),
    ),
    '[options]',
  ].join(' ');

/** The text of `metlog NAME --help`; `about` is what the command does, in a sentence. */
export function helpText(command: Command, about: string): string {
  const rows = [
    ...command.positionals.map(({ name, wanted }) => [name, wanted]),
    ...Object.entries(command.options).map(([name, spec]) => [
      `--${name}${spec.value === undefined ? '' : ` ${spec.value}`}`,
      spec.about,
    ]),
    ['--help', 'show this'],
  ];
  const width = Math.max(...rows.map(([left = '']) => left.length));
  return [
    `usage: ${usage(command)}`,
    '',
    about,
    '',
    ...rows.map(([left = '', right = '']) => `  ${left.padEnd(width)}  ${right}`),
    '',
    `example${command.examples.length === 1 ? '' : 's'}:`,
    ...command.examples.map((example) => `  ${example}`),
    '',
  ].join('\n');
}
