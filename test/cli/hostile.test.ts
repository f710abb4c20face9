import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { createMetlog, type Metlog } from '../../src/node/index.ts';
import { HOSTILE_STRINGS } from '../support/naughty-strings.ts';
import { runCli, serve, startCli } from './run-cli.ts';

/** What a terminal acts on or shows nothing of; all but what joins an emoji. */
const UNSAFE = /[^\P{C}\u200d\p{Co}\p{Cn}\n]|[\p{Zl}\p{Zp}]/u;
/** A line of the tail in colours: only ours, each where we put it. */
const LINE =
  /^\x1b\[2m\d\d:\d\d:\d\d\.\d{3}\x1b\[22m {2}\x1b\[(?:31merror {3}|32minfo {4})\x1b\[39m {2}\x1b\[36m([^\x1b]*)\x1b\[39m {2}\x1b\[1m([^\x1b]*)\x1b\[22m([^\x1b]*)(?:\x1b\[2m([^\x1b]*)\x1b\[22m)?$/;
/** So that no tail has to skip: it has room for 256 KiB. */
const STRINGS_AT_A_TIME = 20;

interface Sent {
  readonly type: string;
  readonly logger: string;
  readonly payload: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Says `text` in every place of a message that takes text. */
function say(metlog: Metlog, text: string): void {
  metlog.send(text, { payload: 'as type' });
  metlog.send('as.payload', { payload: text });
  metlog.send('as.logger', { logger: text });
  metlog.send('as.metadata', { metadata: { [text]: text, nested: { [text]: [text] } } });
  metlog.incr(text);
  metlog.exception(new Error(text));
  const error = new Error('as name');
  error.name = text;
  metlog.exception(error);
}

function linesOf(args: readonly string[], env: Readonly<Record<string, string>> = {}): string[] {
  const lines: string[] = [];
  const child = startCli(args, { env });
  // On \n alone: readline takes U+2028 and a lone \r for ends of lines too, which would hide them.
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString('latin1')).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((part) => Buffer.from(part, 'latin1').toString()));
  });
  createInterface(child.stderr).on('line', (line) => lines.push(`stderr: ${line}`));
  return lines;
}

it(
  'shows every string of the lists, wherever it stood in a message, on one whole line, and gives programs what was sent',
  { timeout: 120_000 },
  async () => {
    const { udp, http, dataDir } = await serve();
    const text = linesOf(['tail', '--url', http], { FORCE_COLOR: '1' });
    const ndjson = linesOf(['tail', '--url', http, '--format', 'ndjson']);
    const metlog = createMetlog({
      dest: udp,
      logger: 'hostile',
      redact: [],
      onError: () => undefined,
    });
    onTestFinished(() => metlog.close());
    // A tail shows what comes after it was opened, and when that is only it knows.
    while (text.length === 0 || ndjson.length === 0) {
      metlog.send('ready');
      await metlog.flush();
    }
    const isOf = (type: string) => (line: string) => line.includes(type);
    const isNoReport = (line: string): boolean => !line.includes('metlog.report'); // one comes each minute
    const settled = async (marker: string): Promise<void> => {
      metlog.send(marker);
      await metlog.flush();
      await expect.poll(() => text.some(isOf(marker)) && ndjson.some(isOf(marker)), { interval: 20 }).toBe(true);
    };
    await settled('begin.here');
    const skip = { text: text.length, ndjson: ndjson.length };

    const before = metlog.stats.sent;
    for (let at = 0; at < HOSTILE_STRINGS.length; at += STRINGS_AT_A_TIME) {
      for (const string of HOSTILE_STRINGS.slice(at, at + STRINGS_AT_A_TIME)) say(metlog, string);
      await settled(`marker.${at}.`);
    }
    const sentCount = metlog.stats.sent - before;
    // Only the empty text is none of a type, a logger or a name.
    expect(metlog.stats.dropped).toEqual({ invalid: 3 * HOSTILE_STRINGS.filter((string) => string === '').length });

    // One line a message, whole, with no colours but ours.
    const shown = text.slice(skip.text).filter(isNoReport);
    expect(shown).toHaveLength(sentCount);
    expect(shown.filter((line) => !LINE.test(line))).toEqual([]);
    expect(shown.filter((line) => UNSAFE.test(line.replaceAll('\x1b', '')))).toEqual([]);

    const lines = ndjson.slice(skip.ndjson).filter(isNoReport);
    expect(lines).toHaveLength(sentCount);
    expect(lines.filter((line) => UNSAFE.test(line))).toEqual([]);
    const received = lines.map((line) => JSON.parse(line) as Sent).filter(({ type }) => !type.startsWith('marker.'));
    expectAllOf(received, (text) => text);

    // The archive, in every format.
    const sql =
      "select type, logger, payload, metadata from messages where sender = (select any_value(sender) from messages where type = 'begin.here') and type <> 'metlog.report' order by seq";
    const query = async (format: string): Promise<string> => {
      const { code, stdout, stderr } = await runCli(['query', sql, '--data-dir', dataDir, '--format', format]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return stdout;
    };
    const count = (): number => metlog.stats.sent;
    await expect.poll(async () => (await query('ndjson')).split('\n').length - 1).toBe(count());
    const isStrings = ({ type }: Sent): boolean => !/^(?:ready|begin\.here|marker\.\d+\.)$/.test(type);
    const asJson = await query('json');
    expect(asJson).not.toMatch(UNSAFE);
    expectAllOf((JSON.parse(asJson) as Sent[]).filter(isStrings), withoutMark);
    const asLines = await query('ndjson');
    expect(asLines).not.toMatch(UNSAFE);
    expectAllOf(
      asLines
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Sent)
        .filter(isStrings),
      withoutMark,
    );
    const table = await query('table');
    expect(table).not.toMatch(UNSAFE);
    expect(table.split('\n')).toHaveLength(count() + 3);
    const [, ...records] = parseCsv(await query('csv'));
    expectAllOf(
      records
        .map(([type = '', logger = '', payload = '', metadata = '']) => ({
          type,
          logger,
          payload,
          metadata: JSON.parse(metadata) as Sent['metadata'],
        }))
        .filter(isStrings),
      withoutMark,
    );
  },
);

/** DuckDB's binding for Node takes a text's leading U+FEFF for a byte-order mark, and leaves it out of the value. */
const withoutMark = (text: string): string => text.replace(/^\ufeff/, '');

/** Whether each of the strings came back from every place, as it was sent; as whole texts they came through `column`. */
function expectAllOf(messages: readonly Sent[], column: (text: string) => string): void {
  const named = HOSTILE_STRINGS.filter((string) => string !== '');
  const of = (type: string): readonly Sent[] => messages.filter((message) => message.type === type);
  expect(of('as.payload').map(({ payload }) => payload)).toEqual(HOSTILE_STRINGS.map(column));
  expect(messages.filter(({ payload }) => payload === 'as type').map(({ type }) => type)).toEqual(named.map(column));
  expect(of('as.logger').map(({ logger }) => logger)).toEqual(named.map(column));
  expect(of('counter').map(({ metadata }) => metadata['name'])).toEqual(named);
  expect(of('as.metadata').map(({ metadata }) => metadata)).toEqual(
    HOSTILE_STRINGS.map((string) => ({ [string]: string, nested: { [string]: [string] } })),
  );
  const thrown = of('exception').map(
    ({ metadata }) => metadata['exception'] as { readonly type: string; readonly value: string },
  );
  expect(thrown.filter(({ value }) => value !== 'as name').map(({ value }) => value)).toEqual(HOSTILE_STRINGS);
}

/** RFC 4180. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    record.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    records.push(record);
    record = [];
  }
  return records;
}
