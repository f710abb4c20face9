import { existsSync } from 'node:fs';
import { lockArchive } from '../router/archive/lock-archive.ts';
import { archiveEnd, listArchive } from '../store/layout.ts';
import { createMerger } from '../store/merge/merge.ts';
import { CommandError, type Command } from './command.ts';
import { configOption, DATA_DIR_OPTION, findLocalArchive } from './local-archive.ts';
import { safeText } from './terminal-text.ts';

export const mergeCommand: Command = {
  name: 'merge',
  positionals: [],
  options: {
    'data-dir': DATA_DIR_OPTION,
    config: configOption('says where the archive is'),
  },
  examples: ['metlog merge --data-dir metlog-data'],

  async run(line, context) {
    const { stdout, stderr } = context;
    const { dir, name, namedBy } = await findLocalArchive('merge', line, context);
    if (!existsSync(dir)) throw new CommandError(`there is no archive in ${name}; name another with ${namedBy}`);
    const lock = await lockArchive(dir, { warn: (text) => void stderr.write(`metlog merge: ${safeText(text)}\n`) });
    try {
      // What is old enough to be deleted is for `serve` to say.
      const merger = await createMerger(dir, { retentionDays: Infinity });
      try {
        const before = archiveEnd(await listArchive(dir));
        const { mergedCount, writtenCount, removedCount } = await merger.run({ before, now: Date.now(), all: true });
        const files = await listArchive(dir);
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
