import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { lockDataDir } from '../router/lock.ts';
import { archiveEnd, listArchive } from '../store/layout.ts';
import { createMerger } from '../store/merge.ts';
import { CommandError, type Command } from './command.ts';
import { ARCHIVE_FOLDER, DEFAULT_DATA_DIR } from './data-dir.ts';
import { optionOr } from './option-values.ts';
import { quoted } from './terminal-text.ts';

export const mergeCommand: Command = {
  name: 'merge',
  positionals: [],
  options: {
    'data-dir': { value: 'DIR', about: `the data folder (METLOG_DATA_DIR; default ${DEFAULT_DATA_DIR})` },
  },
  examples: ['metlog merge --data-dir metlog-data'],

  async run(line, { env, stdout }) {
    const dataDir = optionOr('data-dir', line.value('data-dir'), 'METLOG_DATA_DIR', env, DEFAULT_DATA_DIR).text;
    const archive = join(dataDir, ARCHIVE_FOLDER);
    if (!existsSync(archive))
      throw new CommandError(`there is no archive in ${quoted(dataDir)}; name a data folder with --data-dir`);
    const lock = lockDataDir(dataDir);
    try {
      // What is old enough to be deleted is for `serve` to say.
      const merger = await createMerger(archive, { retentionDays: Infinity });
      try {
        const before = archiveEnd(await listArchive(archive));
        const { mergedCount, writtenCount, removedCount } = await merger.run({ before, now: Date.now(), all: true });
        const files = await listArchive(archive);
        stdout.write(
          `merged ${mergedCount} files into ${writtenCount}, deleted ${removedCount}; the archive has ${files.length} now\n`,
        );
      } finally {
        await merger.close();
      }
    } finally {
      lock.release();
    }
    return 0;
  },
};
