import { createSocket } from 'node:dgram';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createMetlog, type Metlog, type MetlogOptions } from '../../../src/node/index.ts';
import type { ReceivedMessage, Router, RouterConfig, RouterDeps, SinkFactory } from '../../../src/router/index.ts';
import { connectDuckdb, sqlText } from '../../../src/store/duckdb.ts';
import { listArchive } from '../../../src/store/layout.ts';
import { createMemorySink, type MemorySink } from '../../../src/testing/index.ts';
import { temporaryFolder } from './folder.ts';

// The receiving thread is a file of its own only once the package is built, which `npm test` does first.
type Built = Pick<typeof import('../../../src/router/index.ts'), 'createRouter'>;
const built = '../../../dist/router.js';
const { createRouter } = (await import(built)) as Built;

export interface RunningRouter {
  readonly router: Router;
  readonly config: RouterConfig & { readonly dataDir: string };
  /** What it has told a person. */
  readonly warnings: readonly string[];
  /** A client that sends to it; both end with the test. */
  connect(options?: MetlogOptions): Metlog;
}

/** The built router on a free port, in a folder of its own unless the configuration names one. It ends with the test. */
export async function runRouter(given: RouterConfig, deps: RouterDeps = {}): Promise<RunningRouter> {
  const config = {
    udp: { port: 0 },
    closeDeadlineMs: 2_000,
    ...given,
    dataDir: given.dataDir ?? (await temporaryFolder()),
  };
  const warnings: string[] = [];
  const router = await createRouter(config, { ...deps, warn: (text) => void warnings.push(text) });
  onTestFinished(() => router.close());
  return {
    router,
    config,
    warnings,
    connect(options = {}) {
      const metlog = createMetlog({ logger: 'shop', dest: `udp://127.0.0.1:${router.address.port}`, ...options });
      onTestFinished(() => metlog.close());
      return metlog;
    },
  };
}

/** Sends datagrams as they are, one after the other. */
export async function sendRaw({ address }: Router, ...datagrams: readonly string[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const text of datagrams) await new Promise((sent) => socket.send(text, address.port, address.host, sent));
  await new Promise<void>((closed) => socket.close(closed));
}

/** Resolves once so many messages are journaled: whoever sends no faster than this loses none in the kernel. */
export async function untilAccepted(router: Router, count: number): Promise<void> {
  while ((await router.stats()).accepted < count) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** A sink in memory, and the factory for it. */
export function memorySink(): { readonly sink: MemorySink; readonly factory: SinkFactory } {
  const sink = createMemorySink();
  return { sink, factory: ({ name }) => ({ ...sink, name }) };
}

export const namesOf = (messages: readonly ReceivedMessage[]): readonly unknown[] =>
  messages.map(({ metadata }) => metadata['name']);

/** A row of the archive. */
export type ArchivedRow = Readonly<Record<string, unknown>>;

/** What the archive has of these columns, in the order of the journal. */
export async function archived(dataDir: string, columns: string, where = 'true'): Promise<readonly ArchivedRow[]> {
  const files = (await listArchive(join(dataDir, 'archive'))).map(({ path }) => sqlText(path));
  if (files.length === 0) return [];
  const { connection, close } = await connectDuckdb({ purpose: 'the test', memoryLimitMiB: 256, threads: 1 });
  try {
    const sql = `SELECT ${columns} FROM read_parquet([${files.join(', ')}]) WHERE ${where}`;
    return (await connection.runAndReadAll(sql)).getRowObjectsJS();
  } finally {
    close();
  }
}

/** The lines in a file sink's files, each file's in order, the newest file last. Throws for a line that is no JSON. */
export async function sinkLines(path: string): Promise<readonly SinkLine[]> {
  const own = (await readdir(dirname(path))).filter((name) => name.startsWith(basename(path)));
  const oldestFirst = own.sort((a, b) => numberOf(b) - numberOf(a));
  const texts = await Promise.all(oldestFirst.map((name) => readFile(join(dirname(path), name), 'utf8')));
  return texts.flatMap((text) => text.split('\n').slice(0, -1)).map((line) => JSON.parse(line) as SinkLine);
}

export interface SinkLine {
  readonly type: string;
  readonly payload: string;
  readonly offset: number;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** `other.ndjson.7` is the seventh. */
const numberOf = (name: string): number => Number(/\d+$/.exec(name)?.[0] ?? 0);
