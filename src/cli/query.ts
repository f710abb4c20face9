import { text } from 'node:stream/consumers';
import type { DayRange } from '../store/day-range.ts';
import { openStore, type QueryLimits, type QueryOptions, type QueryResult } from '../store/query.ts';
import { wantsColours } from './colours.ts';
import { UsageError, type CliContext, type Command } from './command.ts';
import { DAY_OPTIONS } from './day-options.ts';
import { FORMATS, formatRows } from './formats.ts';
import { interruptedCode } from './interrupted.ts';
import { configOption, DATA_DIR_OPTION } from './local-archive.ts';
import { toOneOf, toWholeNumber } from './option-values.ts';
import { startProgressLine } from './progress-line.ts';
import { emptyText, prepare, readSource } from './query-source.ts';
import { CACHE_OPTIONS } from './remote-archive.ts';
import { requestServer } from './server-api.ts';

const DEFAULT_MAX_ROWS = 10_000;
/** What is asked of the archive directly is limited by this process's memory alone. */
const MOST_ROWS = 10_000_000;
const DEFAULT_TIMEOUT_SECONDS = 60;
const MOST_SECONDS = 3_600;

export const queryCommand: Command = {
  name: 'query',
  positionals: [
    {
      name: 'SQL',
      wanted:
        'a SELECT over messages, counters, timers, gauges, logs, exceptions or a registered type (or - to read it from stdin)',
    },
  ],
  options: {
    'data-dir': DATA_DIR_OPTION,
    archive: {
      value: 'URL',
      about:
        'read another archive: hdfs://host[:port][,host[:port]]/path or s3://bucket[/prefix], of which files are copied, or a folder',
    },
    ...DAY_OPTIONS,
    ...CACHE_OPTIONS,
    config: configOption('says where the archive is, and by archive.hdfs and archive.s3 how a remote one is reached'),
    url: { value: 'URL', about: 'ask a running `metlog serve` instead, e.g. http://127.0.0.1:5566' },
    format: { value: 'FORMAT', about: `${FORMATS.join(', ')} (default table)` },
    'max-rows': { value: 'N', about: `print at most N rows (default ${DEFAULT_MAX_ROWS})` },
    timeout: { value: 'SECONDS', about: `stop the query after this long (default ${DEFAULT_TIMEOUT_SECONDS})` },
  },
  examples: [
    'metlog query "select type, count(*) from messages group by 1"',
    'metlog query --format csv - < report.sql > report.csv',
    'metlog query --archive s3://logs/metlog --from 2026-11-01 --to 2026-11-07 "select count(*) from exceptions"',
  ],

  async run(line, context) {
    const format = toOneOf({ from: '--format', text: line.value('format') ?? 'table' }, FORMATS);
    const maxRows = toWholeNumber(
      { from: '--max-rows', text: line.value('max-rows') ?? String(DEFAULT_MAX_ROWS) },
      1,
      MOST_ROWS,
    );
    const seconds = toWholeNumber(
      { from: '--timeout', text: line.value('timeout') ?? String(DEFAULT_TIMEOUT_SECONDS) },
      1,
      MOST_SECONDS,
    );
    const limits = { maxRows, timeoutMs: seconds * 1_000 };
    const source = await readSource(line, context);
    const sql = await readSql(line.positionals[0] ?? '', context);

    const signal = context.watchSignals();
    const progress = startProgressLine('metlog query', context.stderr, signal);
    const options = { ...limits, signal, onProgress: progress.done };
    const asked =
      source.kind === 'server'
        ? askServer(source.url, sql, options, context.env)
        : prepare(source, context, { signal, progress }).then((dir) => askArchive(dir, source.days, sql, options));
    const answer = await asked
      .catch((error: unknown) => {
        if (!signal.aborted) throw error;
      })
      .finally(progress.end);
    if (answer === undefined || signal.aborted) {
      context.stderr.write('metlog query: interrupted\n');
      return interruptedCode(signal);
    }
    // Printing much takes its time, and nothing would listen meanwhile.
    context.unwatchSignals();
    print(answer.result, context, format);
    if (answer.isEmpty) context.stderr.write(`metlog query: ${emptyText(source)}\n`);
    return 0;
  },
};

async function readSql(argument: string, context: CliContext): Promise<string> {
  const sql = (argument === '-' ? await text(context.stdin) : argument).trim();
  if (sql === '')
    throw new UsageError('SQL is empty, wanted: a SELECT, e.g. "select type, count(*) from messages group by 1"');
  return sql;
}

interface Answer {
  readonly result: QueryResult;
  /** Nothing was archived yet: whoever asked may be early, or in the wrong folder. Of a server's archive it is not known. */
  readonly isEmpty: boolean;
}

async function askArchive(dir: string, days: DayRange, sql: string, options: QueryOptions): Promise<Answer> {
  const store = await openStore(dir, { days });
  try {
    const result = await store.query(sql, options);
    return { result, isEmpty: (await store.files()).length === 0 };
  } finally {
    await store.close();
  }
}

async function askServer(
  url: URL,
  sql: string,
  { signal, maxRows, timeoutMs }: QueryLimits & { readonly signal: AbortSignal },
  env: CliContext['env'],
): Promise<Answer> {
  const response = await requestServer(url, '/api/query', env, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql, maxRows, timeoutMs }),
    signal,
  });
  // The server is the one that the user named; its answer has the shape that this same package gives it.
  return { result: (await response.json()) as QueryResult, isEmpty: false };
}

function print(result: QueryResult, { stdout, stderr, env }: CliContext, format: (typeof FORMATS)[number]): void {
  const isTerminal = stdout.isTTY === true;
  stdout.write(
    formatRows(result, format, { isTerminal, columns: stdout.columns, isColoured: wantsColours(stdout, env) }),
  );
  const count = result.rows.length;
  if (format === 'table' && isTerminal)
    stdout.write(`\n${count} row${count === 1 ? '' : 's'} in ${result.elapsedMs} ms\n`);
  if (result.truncated)
    stderr.write(
      `metlog query: only the first ${count} rows are here; --max-rows allows more, LIMIT and GROUP BY ask for fewer\n`,
    );
}
