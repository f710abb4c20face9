import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/store/query.ts';
import { runCli, tempDir } from '../cli/run-cli.ts';
import { DAYS, ORDER_COLUMNS, SENT, writeEngineArchive } from '../store/ddl/engine-archive.ts';
import { openHive } from './servers/hive.ts';
import { openSpark } from './servers/spark.ts';
import type { SqlEngine, TextRows } from './servers/sql-engine.ts';
import { startTrino } from './servers/trino.ts';
import { wantParts } from './support/parts.ts';

// What `metlog ddl` prints is run as it is by each engine's own client, which then tells every message that was sent. DuckDB's part is in test/store/ddl.

wantParts('engines', 'java');

/** Starting an engine and asking it takes this long where others are at work too. */
const ENGINE_WITHIN_MS = 300_000;

/** What two engines write otherwise: characters as hexadecimal UTF-8, and values as texts without loss. */
interface Words {
  hex(text: string): string;
  text(value: string): string;
  /** JSON as text. */
  json(value: string): string;
  name(name: string): string;
}

const hiveLike: Words = {
  hex: (text) => `hex(${text})`,
  text: (value) => `CAST(${value} AS STRING)`,
  json: (value) => value,
  name: (name) => `\`${name}\``,
};

interface Engine {
  readonly words: Words;
  /** Whether it is to be told of its days. */
  readonly hasDays?: true;
  open(): Promise<SqlEngine>;
}

const ENGINES: Readonly<Record<string, Engine>> = {
  // The zone of the machine is another one than the archive's. What Spark shows of an instant is for it to say.
  spark: {
    open: () => openSpark({ settings: { 'spark.sql.session.timeZone': 'UTC' } }),
    words: hiveLike,
    hasDays: true,
  },
  hive: { open: () => openHive(), words: hiveLike, hasDays: true },
  trino: {
    open: () => startTrino(),
    words: {
      hex: (text) => `to_hex(to_utf8(${text}))`,
      text: (value) => `CAST(${value} AS varchar)`,
      json: (value) => `json_format(${value})`,
      name: (name) => `"${name}"`,
    },
  },
};

const NONE = '-';

const messagesIn = ({ hex, text, name }: Words, table = 'messages'): string =>
  `SELECT dt, ${hex(name('type'))}, ${text(name('timestamp'))}, severity, ${hex('payload')}, ${hex('metadata')} FROM ${table}`;

const queriesIn = (words: Words): readonly string[] => {
  const { hex, text, json, name } = words;
  const orNone = (value: string): string => `coalesce(${value}, '${NONE}')`;
  const order = ORDER_COLUMNS.map((column) => {
    const value = column === 'nested' ? json(name(column)) : text(name(column));
    return orNone(hex(value));
  });
  return [
    messagesIn(words),
    `SELECT ${order.join(', ')} FROM order_placed`,
    `SELECT ${text('sum(estimated)')} FROM counters`,
    `SELECT failed, count(*) FROM timers GROUP BY failed`,
    `SELECT error_value, handled, count(*) FROM exceptions GROUP BY error_value, handled`,
    `SELECT count(*) FROM logs WHERE dt = '2026-11-21'`,
    `SELECT count(*), count(DISTINCT dt) FROM gauges`,
  ];
};

describe.each(Object.entries(ENGINES))('%s', (engine, { open, words, hasDays = false }) => {
  it(
    `runs what is printed for it, twice, and tells what was sent${hasDays ? ', of the last days alone where these are added by name' : ''}`,
    async () => {
      const archive = await writeEngineArchive();
      const asked = await open();
      const whole = await printedFor(engine, archive);
      const script = [whole, whole, ...(hasDays ? inLastDays(await printedFor(engine, archive, '--days', '2')) : [])];
      const queries = [...queriesIn(words), ...(hasDays ? [messagesIn(words, `${LAST_DAYS}.messages`)] : [])];
      const [messages = [], orders = [], ...more] = await asked.run(script.join(''), queries);
      const lastMessages = hasDays ? [more.pop() ?? []] : [];
      expect(sorted(messages.map(readMessage))).toEqual(sorted(SENT.map(sentMessage)));
      expect(sorted(orders.map(readOrder))).toEqual(sorted((await ordersByStore(archive)).map(readOrder)));
      expect(more.map((rows) => sorted(rows.map(readRow)))).toEqual(await viewsWanted());
      const ofLastDays = SENT.filter(({ dt }) => DAYS.slice(-2).includes(dt));
      for (const rows of lastMessages)
        expect(sorted(rows.map(readMessage))).toEqual(sorted(ofLastDays.map(sentMessage)));
    },
    ENGINE_WITHIN_MS,
  );
});

/** A database of its own, so that no engine has to be started again. */
const LAST_DAYS = 'last_days';
const inLastDays = (script: string): readonly string[] => [
  `CREATE DATABASE ${LAST_DAYS};\nUSE ${LAST_DAYS};\n`,
  script,
  script,
  'USE default;\n',
];

/** The statements for the archive in `dir`, as the command line prints them. */
async function printedFor(engine: string, dir: string, ...args: readonly string[]): Promise<string> {
  const dataDir = await tempDir();
  await symlink(dir, join(dataDir, 'archive'));
  const { code, stdout, stderr } = await runCli(['ddl', '--engine', engine, '--data-dir', dataDir, ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const sorted = (rows: readonly string[]): readonly string[] => [...rows].sort();

const unhex = (hex = ''): string => Buffer.from(hex, 'hex').toString();

/** A time as each engine writes it, to the microsecond. */
const micros = (text = ''): string => {
  const [whole = '', fraction = ''] = text.replace('T', ' ').replace('Z', '').split('.');
  return `${whole}.${fraction.padEnd(6, '0')}`;
};

const sentMessage = ({ dt, type, timestamp, severity, payload, metadata }: (typeof SENT)[number]): string =>
  JSON.stringify([dt, type, micros(timestamp), severity, payload, metadata]);

const readMessage = ([dt, type, timestamp, severity, payload, metadata]: TextRows[number]): string =>
  JSON.stringify([dt, unhex(type), micros(timestamp), Number(severity), unhex(payload), JSON.parse(unhex(metadata))]);

/** An order with its numbers as numbers, its truth in small letters, its time to the microsecond and its JSON as such. */
function readOrder(row: TextRows[number]): string {
  const values = row.map((value, index) => {
    const column = ORDER_COLUMNS[index] ?? '';
    const text = value === NONE ? null : unhex(value);
    if (text === null) return null;
    if (['total', 'gr__e', 'gr__e_2'].includes(column)) return Number(text);
    if (column === 'at') return micros(text);
    if (column === 'paid') return text.toLowerCase();
    return column === 'nested' ? (JSON.parse(text) as unknown) : text;
  });
  return JSON.stringify(values);
}

async function ordersByStore(dir: string): Promise<TextRows> {
  const store = await openStore(dir, { threads: 1 });
  onTestFinished(() => store.close());
  const names = [
    'total',
    'count',
    'paid',
    'at',
    'day',
    'note',
    'a.b',
    'größe',
    'gr__e',
    'nested',
    'user_timestamp',
    'select',
  ];
  const columns = names.map((name) => `coalesce(hex("${name}"::VARCHAR), '${NONE}') AS "${name}"`);
  const { rows } = await store.query(`SELECT ${columns.join(', ')} FROM order_placed`, { maxRows: 1_000 });
  return rows.map((row) => names.map((name) => (typeof row[name] === 'string' ? row[name] : NONE)));
}

/** Numbers as numbers: 1383.0 and 1.383E3 are the same. */
const readRow = (row: TextRows[number]): string =>
  row.map((value) => (/^[0-9.]+(E[0-9]+)?$/.test(value) ? String(Number(value)) : value)).join(' ');

async function viewsWanted(): Promise<readonly (readonly string[])[]> {
  const counts = (type: string, key: (message: (typeof SENT)[number]) => string): readonly string[] => {
    const found = new Map<string, number>();
    for (const message of SENT) if (message.type === type) found.set(key(message), (found.get(key(message)) ?? 0) + 1);
    return sorted([...found].map(([name, count]) => `${name} ${count}`.trim()));
  };
  const estimated = SENT.filter(({ type }) => type === 'counter').reduce(
    (sum, { metadata }) => sum + 1 / Number(metadata['rate']),
    0,
  );
  const exception = ({ metadata }: (typeof SENT)[number]): { value: string; handled: boolean } =>
    metadata['exception'] as { value: string; handled: boolean };
  const gauges = SENT.filter(({ type }) => type === 'gauge').length;
  return [
    [String(estimated)],
    counts('timer', ({ metadata }) => String(metadata['error'])),
    counts('exception', (message) => `${exception(message).value} ${String(exception(message).handled)}`),
    [String(SENT.filter(({ type, dt }) => type === 'log' && dt === '2026-11-21').length)],
    [`${gauges} 3`],
  ];
}
