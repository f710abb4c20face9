import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { lockDataDir } from '../router/lock.ts';
import { archiveEnd, listArchive } from '../store/layout.ts';
import { createMerger } from '../store/merge.ts';
import { CommandError, type Command } from './command.ts';
import { ARCHIVE_FOLDER, DEFAULT_DATA_DIR } from './data-dir.ts';
import { optionOr } from './option-values.ts';
import { quoted } from './terminal-text.ts';

/** A file that is older than a quarter of an hour is moved to where Hive looks; here nobody waits for more to come, so all of them are as good as that old. */
const AS_IF_LATER_MS = 16 * 60 * 1000;

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
      const merger = await createMerger(archive);
      try {
        const before = archiveEnd(await listArchive(archive));
        const { mergedCount, writtenCount, removedCount } = await merger.run({
          before,
          now: Date.now() + AS_IF_LATER_MS,
        });
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
