import type { Readable, Writable } from 'node:stream';

/** `isTTY` and `columns` are a terminal's. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What a command has of the process that it runs in. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  /** From this call on, SIGINT and SIGTERM abort the result, with their name as the reason, instead of ending the process; a second one ends it at once. */
  watchSignals(): AbortSignal;
  /** From this call on, they end the process again. */
  unwatchSignals(): void;
  /** From this call on, each SIGHUP calls the listener instead of ending the process. */
  onHangup(listener: () => void): void;
  /** Work is under way that does not end: the process is not to wait for it once the command has returned. */
  abandon(): void;
}

export interface OptionSpec {
  /** What the value is called, e.g. `PORT`; absent for a switch. */
  readonly value?: string;
  /** May be given more than once. */
  readonly multiple?: boolean;
  /** One line for `--help`, with the default. */
  readonly about: string;
}

/** The arguments of one command, checked against what it takes. */
export interface CommandLine {
  /** The value of an option; the last one if it was given twice. */
  value(name: string): string | undefined;
  /** Every value of an option, in order. */
  values(name: string): readonly string[];
  has(name: string): boolean;
  readonly positionals: readonly string[];
}

/** One command: what it takes, what its `--help` says, what it does. */
export interface Command {
  readonly name: string;
  /** What follows `metlog NAME` in the usage line, options left out. */
  readonly positionals: readonly PositionalSpec[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly string[];
  /** Resolves to the exit code. Rejects with UsageError (2) or any other error (1), whose message is then printed in one line. */
  run(line: CommandLine, context: CliContext): Promise<number>;
}

export interface PositionalSpec {
  /** As the usage line shows it, e.g. `TYPE`. */
  readonly name: string;
  /** What is wanted, for the line that says it is missing. */
  readonly wanted: string;
  /** It may be left out; then so are those behind it. */
  readonly optional?: boolean;
  /** The last one, which may be given more than once. */
  readonly many?: boolean;
}

/** The command was called wrongly. The message names the option, what came, and what is wanted. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command could not do its work. The message is one line for a person. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
