import { expect } from 'vitest';
import type { ArchiveConfig } from '../../../src/router/archive/archive-config.ts';
import { runCli } from '../../cli/run-cli.ts';
import { readBooks } from './archive-books.ts';
import { queryArchive, startRouter, type ConfiguredRouter } from './router.ts';
import { sendAll } from './send-all.ts';

/** Attempts that fail in the first few seconds: the fourth comes seven seconds after the first. */
const FAILED_ATTEMPTS = 3;
export const COPIED_WITHIN_MS = 60_000;
/** A client of S3 has a warning of its own about older versions of Node. */
export const QUIET = { NODE_NO_WARNINGS: '1' };

/** What is to be done about a trouble. */
export const FOR_NOW = 'for now';
export const UNTIL_MENDED = 'until somebody sees to it';

/** The built router, which copies its archive as it is made, and says nothing but its own. */
export async function startCopying(archive: ArchiveConfig, dataDir?: string): Promise<ConfiguredRouter> {
  return startRouter(configOf(archive), { env: QUIET, ...(dataDir !== undefined && { dataDir }) });
}

/** A configuration under which files are copied soon. */
export const configOf = (archive: ArchiveConfig): object => ({
  journal: { segmentMs: 100 },
  archive: { name: 'shop', promoteAfterMs: 200, mergeEveryMs: 50, ...archive },
});

/** The messages of senders that are in the archive here. */
export async function archivedHere(dataDir: string): Promise<number> {
  const [row] = await queryArchive(dataDir, 'select count(*)::int as n from messages where sender is not null');
  return Number(row?.['n']);
}

/** Waits until everything that was received is in the archive here, and resolves to how much that is. */
export async function untilArchived({ http, dataDir }: ConfiguredRouter): Promise<number> {
  const { received } = (await readBooks(http)).path.total;
  await expect.poll(() => archivedHere(dataDir), { interval: 500 }).toBe(received);
  return received;
}

/** What a router says of a store. */
export interface Trouble {
  readonly url: string;
  /** What is to be done about it. */
  readonly cure: typeof FOR_NOW | typeof UNTIL_MENDED;
  /** The sentence. */
  readonly why: RegExp;
}

/** The router says this once, counts what fails, and receives and archives all the same. */
export async function expectTrouble(router: ConfiguredRouter, { url, cure, why }: Trouble): Promise<void> {
  await sendAll(router, 100);
  const copyOf = async () => (await readBooks(router.http)).archive.copy;
  await expect.poll(async () => (await copyOf())?.waitingFiles).toBeGreaterThan(0);
  await expect.poll(async () => (await copyOf())?.failures).toBeGreaterThanOrEqual(FAILED_ATTEMPTS);
  const said = `metlog serve: the archive is not copied to ${url} ${cure}, and is kept here: `;
  expect(router.stderr().slice(0, said.length)).toBe(said);
  expect(router.stderr().slice(said.length)).toMatch(new RegExp(`^${why.source}\n$`));
  const { archive } = await readBooks(router.http);
  expect(archive.copy).toMatchObject({ copiedFiles: 0, conflicts: 0, expired: 0 });
  expect(archive.copy?.trouble).toMatch(new RegExp(`^${why.source}$`));
  expect(archive.copy?.waitingFiles).toBeGreaterThan(0);
  const metrics = await (await fetch(`${router.http}/metrics`)).text();
  expect(metrics).toContain('\nmetlog_archive_copy_up 0\n');
  expect(Number(/^metlog_archive_copy_failures_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
  expect(Number(/^metlog_archive_copy_waiting_files (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
  const { stdout } = await runCli(['ledger', '--url', router.http]);
  const inOneLine = stdout.replaceAll(/\s+/g, ' ');
  expect(inOneLine).toContain(`the archive is not copied to ${url}, `);
  // Another attempt may have failed by now, of the same with another file's name in it.
  expect(inOneLine).toMatch(new RegExp(`waiting: ${why.source}`));
  await sendAll(router, 50);
  expect(await untilArchived(router)).toBeGreaterThanOrEqual(150);
}

/** What waited is copied, and it is said that all is well. `there` counts the messages in the store. */
export async function expectRecovery(
  router: ConfiguredRouter,
  url: string,
  there: () => Promise<number>,
): Promise<void> {
  await expect
    .poll(async () => (await readBooks(router.http)).archive.copy, { timeout: COPIED_WITHIN_MS })
    .toMatchObject({ trouble: null, waitingFiles: 0 });
  const received = await untilArchived(router);
  await expect.poll(there).toBe(received);
  const lines = router.stderr().split('\n');
  expect(lines.slice(1)).toEqual([`metlog serve: the archive is copied to ${url} again`, '']);
  expect(await fetch(`${router.http}/metrics`).then((answer) => answer.text())).toContain(
    '\nmetlog_archive_copy_up 1\n',
  );
  expect(await router.stop()).toBe(0);
}
