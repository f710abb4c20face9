import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createArchiveWriter } from '../../../src/store/segment-to-parquet.ts';
import { tempDir } from '../../cli/run-cli.ts';
import { header, line, segment } from '../../store/journal-text.ts';

/** What a logger said at a time that is past. */
export interface Past {
  readonly receivedMs: number;
  readonly logger: string;
  readonly messages: readonly Record<string, unknown>[];
}

/** A data folder with an archive in which this is, for a router that has not started yet. */
export async function dataDirWith(past: readonly Past[]): Promise<string> {
  const dataDir = await tempDir();
  const dir = join(dataDir, 'archive');
  await mkdir(dir, { recursive: true });
  const writer = await createArchiveWriter(dir);
  onTestFinished(() => writer.close());
  let first = 0;
  for (const { receivedMs, logger, messages } of past) {
    const received = new Date(receivedMs).toISOString();
    const lines = [
      header({ received, logger }),
      ...messages.map((message) => line({ timestamp: received, ...message })),
    ];
    await writer.write(await segment(dataDir, first, lines, received.slice(0, 10)));
    first += messages.length;
  }
  return dataDir;
}
