import { resolve } from 'node:path';
import type { RouterConfig } from '../router/router-config.ts';
import { columnsByType } from '../router/types-schema.ts';
import { DDL_ENGINES, ddlText, type DdlEngine } from '../store/ddl/ddl.ts';
import { ddlLocation, isDdlUrl, type DdlPlace } from '../store/ddl/place.ts';
import { listNames } from '../store/layout.ts';
import { registeredTypes, type RegisteredType } from '../store/types/registered-types.ts';
import { isRemoteUrl, parseRemoteUrl } from '../store/remote/remote-url.ts';
import { configure } from '../store/types/type-book.ts';
import { loadTypes } from '../store/types/types-file.ts';
import { CommandError, UsageError, type Command, type CommandLine } from './command.ts';
import { configOption, DATA_DIR_OPTION, findLocalArchive } from './local-archive.ts';
import { toOneOf, toWholeNumber } from './option-values.ts';
import { quoted } from './terminal-text.ts';

const MOST_DAYS = 36_500;
/** A user alone is no secret: Azure writes its containers so. Half of the secret keys of S3 have a slash in them; what stands before one may be a port as well. */
const SECRET = /\/\/[^/@[]*:(?!\d*(?:\/|$))[^@]*@|[?#]/;
const WANTED_PLACE = 'hdfs://host[:port]/path, s3://bucket[/prefix] or a folder';

export const ddlCommand: Command = {
  name: 'ddl',
  positionals: [],
  options: {
    engine: { value: 'ENGINE', about: `whose SQL: ${DDL_ENGINES.join(', ')}` },
    location: {
      value: 'URL|DIR',
      about: 'where the files are, as the engine is to be told (default archive.dir of the configuration)',
    },
    'data-dir': DATA_DIR_OPTION,
    config: configOption('says where the archive is, and its types'),
    days: {
      value: 'N',
      about: 'add the partitions of the last N days that this archive has by name, instead of having them looked for',
    },
  },
  examples: [
    'metlog ddl --engine spark > archive.sql && spark-sql -f archive.sql',
    'metlog ddl --engine hive --days 2 | beeline -u jdbc:hive2://hive:10000 -f /dev/stdin',
    'metlog ddl --engine trino --location s3://telemetry/metlog',
  ],

  async run(line, context) {
    const named = line.value('engine');
    if (named === undefined) throw new UsageError(`--engine is missing, wanted: one of ${DDL_ENGINES.join(', ')}`);
    const engine = toOneOf({ from: '--engine', text: named }, DDL_ENGINES);
    const dayCount = readDayCount(line, engine);
    const { dir, file, config, promoteAfterMs, namedBy } = await findLocalArchive('ddl', line, context);
    const remote = parseRemoteUrl(config.archive?.dir ?? '');
    const given = line.value('location');
    const where = given === undefined ? (remote ?? { kind: 'folder', dir: resolve(dir) }) : toPlace(given);
    const found = ddlLocation(engine, where, promoteAfterMs);
    if (found === undefined && given === undefined)
      throw new UsageError(
        `archive.dir is in HDFS, which DuckDB does not read, wanted: metlog query --archive in place of it, or --location ${quoted(resolve(dir))}, the archive on this machine`,
      );
    if (found === undefined)
      throw new UsageError(`--location must be s3://bucket[/prefix] or a folder for ${engine}, which reads no HDFS`);
    const days = await daysIn(dir);
    // A slip of the keys would otherwise make a table of nothing.
    if (given === undefined && remote === undefined && days.length === 0)
      throw new CommandError(
        `there is no merged file in the archive ${quoted(dir)} yet; run metlog merge, or name another with ${namedBy}`,
      );
    context.stdout.write(
      ddlText(engine, await typesOf(dir, file === undefined ? undefined : config), {
        ...found,
        days: dayCount === undefined ? undefined : days.slice(-dayCount),
      }),
    );
    return 0;
  },
};

function readDayCount(line: CommandLine, engine: DdlEngine): number | undefined {
  const text = line.value('days');
  if (text === undefined) return undefined;
  if (engine === 'trino' || engine === 'duckdb') {
    const finds = engine === 'trino' ? 'finds new days where the printed CALL is run again' : 'sees new days by itself';
    throw new UsageError(`--days is for hive and spark, got --engine ${engine}, which ${finds}`);
  }
  return toWholeNumber({ from: '--days', text }, 1, MOST_DAYS);
}

/** What `--location` says is the engine's to read, so a URL stays as it is: its port may be one that is spoken there. */
function toPlace(text: string): DdlPlace {
  if (!isRemoteUrl(text)) return { kind: 'folder', dir: resolve(text) };
  // What is printed is kept, and shown to others.
  if (!isDdlUrl(text) || SECRET.test(text))
    throw new UsageError(`--location must be ${WANTED_PLACE}, got ${quoted(text)}`);
  return { kind: 'url', url: text };
}

/** The days that have merged files, the oldest first. */
async function daysIn(archive: string): Promise<readonly string[]> {
  return [...new Set((await listNames(archive)).map(({ dt }) => dt))].sort();
}

/** What is registered in the archive; where there is a configuration, its types in place of those that the archive had from it before. */
async function typesOf(archive: string, config: RouterConfig | undefined): Promise<readonly RegisteredType[]> {
  const book = await loadTypes(archive);
  if (book === undefined)
    throw new CommandError(`the registered types of the archive ${quoted(archive)} cannot be read`);
  return registeredTypes(config === undefined ? book : configure(book, columnsByType(config.types ?? {})));
}
