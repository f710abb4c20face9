import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { encodeHeader, encodeMessage } from '../../src/core/encode.ts';
import type { Message } from '../../src/core/schema.ts';
import { createArchiveWriter } from '../../src/store/segment-to-parquet.ts';

/** A data folder that is removed when the test has finished. */
export async function tempDataDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'metlog-test-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export function aMessage(fields: Partial<Message> = {}): Message {
  return {
    type: 'counter',
    timestamp: new Date().toISOString(),
    logger: 'shop',
    severity: 6,
    payload: '1',
    metadata: { name: 'login.ok', rate: 1 },
    ...fields,
  };
}

/** Text as the journal has it: one header and its messages. */
export function journalText(messages: readonly Message[], received = new Date().toISOString()): string {
  const header = encodeHeader({ metlog: 1, logger: 'shop', hostname: 'web-1', pid: 42 });
  const stamped = `${header.slice(0, -1)},"received":"${received}"}`;
  return [stamped, ...messages.map((message) => encodeMessage(message, 'shop')), ''].join('\n');
}

/** Archives the messages below `dataDir`, as one closed segment. */
export const archive = (dataDir: string, messages: readonly Message[]): Promise<string> =>
  archiveText(dataDir, journalText(messages), messages.length);

/** The same, of messages that were received at their timestamps. */
export const archiveAsStamped = (dataDir: string, messages: readonly Message[]): Promise<string> =>
  archiveText(dataDir, messages.map((message) => journalText([message], message.timestamp)).join(''), messages.length);

async function archiveText(dataDir: string, text: string, count: number): Promise<string> {
  const dir = join(dataDir, 'archive');
  const path = join(dataDir, 'segment.ndjson');
  await mkdir(dir, { recursive: true });
  await writeFile(path, text);
  const writer = await createArchiveWriter(dir);
  await writer.write({ path, first: 0, count, dt: new Date().toISOString().slice(0, 10) });
  await writer.close();
  return dir;
}
