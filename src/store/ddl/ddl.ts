import type { RegisteredType } from '../types/registered-types.ts';
import type { DdlInput, Dialect } from './dialect.ts';
import { DUCKDB, duckdbTable } from './duckdb.ts';
import { HIVE, hiveTable } from './hive.ts';
import { SPARK, sparkTable } from './spark.ts';
import { TRINO, trinoTable } from './trino.ts';
import { viewStatements } from './view-sql.ts';

/** Engines that statements can be printed for. */
export const DDL_ENGINES = ['hive', 'spark', 'trino', 'duckdb'] as const;
export type DdlEngine = (typeof DDL_ENGINES)[number];

interface Engine {
  readonly dialect: Dialect;
  /** The table `messages` and its partitions. */
  table(input: DdlInput): readonly string[];
  /** What whoever runs the statements has to know: plain words, as some clients look for quotes and semicolons in comments too. */
  readonly notes: readonly string[];
}

const ENGINES: Readonly<Record<DdlEngine, Engine>> = {
  hive: {
    dialect: HIVE,
    table: hiveTable,
    notes: [
      'For Hive 4. Timestamps are UTC, to the microsecond, in INT64, which earlier versions cannot read (HIVE-21215).',
      'New days: run the MSCK statement again, or have ALTER TABLE printed by --days.',
    ],
  },
  spark: {
    dialect: SPARK,
    table: sparkTable,
    notes: [
      'For Spark 3.5 and later. Timestamps are instants: SET spark.sql.session.timeZone = UTC shows them as they were written.',
      'New days: run the MSCK statement again, or have ALTER TABLE printed by --days. Of a known day, new files are seen after REFRESH TABLE messages or by a new session.',
    ],
  },
  trino: {
    dialect: TRINO,
    table: trinoTable,
    notes: [
      'For a catalog of the Hive connector and a schema in it, named by USE or by --catalog and --schema of the client.',
      'Timestamps are UTC. They are rounded to milliseconds unless the catalog has hive.timestamp-precision=MICROSECONDS.',
      'New days: run the CALL again.',
    ],
  },
  duckdb: {
    dialect: DUCKDB,
    table: duckdbTable,
    notes: ['Timestamps are UTC. New days and files are seen by themselves.'],
  },
};

/** The statements that make the archive tables and views of an engine, each of which may be run again; comments say what has to be known. */
export function ddlText(
  engine: DdlEngine,
  types: readonly RegisteredType[],
  { notes = [], ...input }: DdlInput & { readonly notes?: readonly string[] },
): string {
  const { dialect, table, notes: ownNotes } = ENGINES[engine];
  const comments = [...ownNotes, ...notes].map((note) => `-- ${note}`);
  const statements = [...table(input), ...viewStatements(dialect, types)].map((sql) => `${sql};`);
  return `${comments.join('\n')}\n\n${statements.join('\n\n')}\n`;
}
