import type { Command } from './command.ts';

/** A command as it is listed. */
export interface CommandEntry {
  readonly name: string;
  /** What it does, in a sentence. */
  readonly about: string;
  /** Only the command that is run is loaded: `send` needs no server, and nobody should wait for one. */
  load(): Promise<Command>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'serve',
    about: 'Receives messages, keeps them, and answers questions about them: all in one process.',
    load: async () => (await import('./serve.ts')).serveCommand,
  },
  {
    name: 'relay',
    about: 'Takes messages of web pages over HTTP, and sends them on to a router by UDP.',
    load: async () => (await import('./relay.ts')).relayCommand,
  },
  {
    name: 'check',
    about: 'Checks a configuration and runs its route tests; nothing is started.',
    load: async () => (await import('./check.ts')).checkCommand,
  },
  {
    name: 'query',
    about: 'Asks the archive, in SQL. A message is there a second or two after it was sent.',
    load: async () => (await import('./query.ts')).queryCommand,
  },
  {
    name: 'tail',
    about: 'Shows messages as they arrive, until it is interrupted.',
    load: async () => (await import('./tail.ts')).tailCommand,
  },
  {
    name: 'ledger',
    about: 'Shows what a running `metlog serve` received, lost and delivered.',
    load: async () => (await import('./ledger.ts')).ledgerCommand,
  },
  {
    name: 'send',
    about: 'Sends one message.',
    load: async () => (await import('./send.ts')).sendCommand,
  },
  {
    name: 'replay',
    about: 'Has a sink given its dead letters once more, by a running `metlog serve`.',
    load: async () => (await import('./replay.ts')).replayCommand,
  },
  {
    name: 'upload-maps',
    about: 'Hands the source maps of a built page to a `metlog serve`, which then reads exceptions with them.',
    load: async () => (await import('./upload-maps.ts')).uploadMapsCommand,
  },
  {
    name: 'import',
    about: 'Brings files of earlier messages into the archive: each line once, also beside a running `metlog serve`.',
    load: async () => (await import('./import.ts')).importCommand,
  },
  {
    name: 'merge',
    about: 'Merges the archive into few files now; a running `metlog serve` does that by itself.',
    load: async () => (await import('./merge.ts')).mergeCommand,
  },
  {
    name: 'ddl',
    about: 'Prints the statements that make the archive tables and views of Hive, Spark, Trino or DuckDB.',
    load: async () => (await import('./ddl.ts')).ddlCommand,
  },
];
