import { once } from 'node:events';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import { formatRows, type Format } from '../../src/cli/formats.ts';
import { createMetlog, defineMessage } from '../../src/node/index.ts';
import { clipped, safeText, textWidth } from '../../src/cli/terminal-text.ts';
import type { QueryResult } from '../../src/store/query.ts';
import { archive, aMessage } from '../report/temp-archive.ts';
import { freePort } from '../support/free-port.ts';
import { runCli, serve, startCli, tempDir } from './run-cli.ts';

/** A title, a colour, a cleared screen (also as one C1 character), a turned direction, line breaks, CSV's and JSON's own characters. */
const HOSTILE = 'a\u001b]0;pwned\u0007\u001b[31m\u009b2J\u202egnp.exe\r\nnext\tcell,"quoted"\u2028end\u0000';

const result = (rows: readonly Record<string, QueryResult['rows'][number][string]>[]): QueryResult => ({
  columns: Object.keys(rows[0] ?? { type: '' }).map((name) => ({ name, type: 'VARCHAR' })),
  rows,
  truncated: false,
  elapsedMs: 1,
});

const format = (rows: Parameters<typeof result>[0], to: Format, columns?: number): string =>
  formatRows(result(rows), to, { isTerminal: columns !== undefined, ...(columns !== undefined && { columns }) });

describe('formats', () => {
  it('table lines columns up, numbers to the right', () => {
    expect(
      format(
        [
          { type: 'counter', n: 5 },
          { type: 'x', n: 1234 },
          { type: null, n: null },
        ],
        'table',
      ),
    ).toBe(['type        n', '───────  ────', 'counter     5', 'x        1234', 'NULL     NULL', ''].join('\n'));
  });

  it('table counts columns of the terminal, not characters', () => {
    const lines = format(
      [
        { a: '日本', b: 'x' },
        { a: '👩‍👩‍👧', b: 'y' },
        { a: 'e\u0301', b: 'z' },
      ],
      'table',
    ).split('\n');
    expect(lines).toEqual(['a     b', '────  ─', '日本  x', '👩‍👩‍👧    y', 'e\u0301     z', '']);
  });

  it('table cuts the widest columns to fit a terminal, and nothing elsewhere', () => {
    const rows = [{ id: 'abc', payload: 'x'.repeat(200) }];
    const lines = format(rows, 'table', 40).split('\n');
    expect(lines[2]).toBe(`abc  ${'x'.repeat(34)}…`.replace('abc', 'abc'));
    expect(lines.every((line) => textWidth(line) <= 40)).toBe(true);
    expect(format(rows, 'table')).toContain('x'.repeat(200));
  });

  it('table shows lists and objects as JSON', () => {
    expect(format([{ metadata: { a: [1, null] } }], 'table').split('\n')[2]).toBe('{"a":[1,null]}');
  });

  it.each<[Format, number | undefined]>([
    ['table', undefined],
    ['table', 80],
    ['json', undefined],
    ['ndjson', undefined],
    ['ndjson', 80],
    ['csv', 80],
  ])('%s at width %s holds nothing that a terminal would obey, in values and in names', (to, columns) => {
    const text = format([{ [HOSTILE]: HOSTILE, nested: { [HOSTILE]: [HOSTILE] } }], to, columns);
    expect(text.replaceAll('\r\n', '\n')).not.toMatch(
      /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/,
    );
  });

  it('json and ndjson mean the same after their escapes', () => {
    const rows = [
      { payload: HOSTILE, n: 1, none: null },
      { payload: '', n: -0.5, none: null },
    ];
    expect(JSON.parse(format(rows, 'json'))).toEqual(rows);
    const lines = format(rows, 'ndjson').split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual(rows);
    expect(format([], 'json')).toBe('[]\n');
    expect(format([], 'ndjson')).toBe('');
  });

  it('csv follows RFC 4180 and gives a file the values as they are', () => {
    const rows = [
      { a: 'plain', b: 'a,b' },
      { a: 'say "x"', b: 'two\nlines' },
      { a: '\u001b[31m', b: null },
      { a: '', b: '' },
    ];
    expect(format(rows, 'csv')).toBe('a,b\r\nplain,"a,b"\r\n"say ""x""","two\nlines"\r\n\u001b[31m,\r\n"",""\r\n');
  });
});

describe('terminal text', () => {
  it('shows what is unsafe as escapes', () => {
    expect(safeText('a\u001b[31m\n\r\t\u0000\u009b\u202e\u2028')).toBe(
      'a\\x1b[31m\\n\\r\\t\\x00\\x9b\\u{202e}\\u{2028}',
    );
    expect(safeText('plain – ünï 日本 👩‍👩‍👧')).toBe('plain – ünï 日本 👩‍👩‍👧');
  });

  it('cuts between characters, at the width that they take', () => {
    expect(clipped('日本語', 6)).toBe('日本語');
    expect(clipped('日本語', 5)).toBe('日本…');
    expect(clipped('日本語', 4)).toBe('日…');
  });
});

describe('metlog query', () => {
  let dataDir: string;
  // Made once: the archive is only read here.
  beforeAll(async () => {
    const { mkdtemp } = await import('node:fs/promises');
    const { tmpdir } = await import('node:os');
    dataDir = await mkdtemp(join(tmpdir(), 'metlog-test-'));
    await archive(dataDir, [
      aMessage(),
      aMessage({ type: 'log', payload: HOSTILE, metadata: {} }),
      aMessage({ type: 'log' }),
    ]);
    return async () => (await import('node:fs/promises')).rm(dataDir, { recursive: true });
  });
  const query = (sql: string, ...args: string[]): ReturnType<typeof runCli> =>
    runCli(['query', sql, '--data-dir', dataDir, ...args]);

  it('prints a table by default', async () => {
    expect(await query('select type, count(*) as n from messages group by 1 order by 1')).toEqual({
      code: 0,
      stdout: 'type     n\n───────  ─\ncounter  1\nlog      2\n',
      stderr: '',
    });
  });

  it('reads SQL from stdin', async () => {
    const args = ['query', '-', '--data-dir', dataDir, '--format', 'ndjson'];
    expect(await runCli(args, { stdin: 'select count(*) as n\nfrom messages;\n' })).toEqual({
      code: 0,
      stdout: '{"n":3}\n',
      stderr: '',
    });
  });

  it('finds the folder in the environment', async () => {
    const env = { METLOG_DATA_DIR: dataDir };
    expect((await runCli(['query', 'select count(*) as n from messages', '--format', 'csv'], { env })).stdout).toBe(
      'n\r\n3\r\n',
    );
  });

  it('carries hostile contents through every format', async () => {
    const sql = "select payload from messages where type = 'log' and payload <> '1'";
    const { rows } = { rows: [{ payload: HOSTILE.replace('\u0000', '\u0000') }] };
    expect(JSON.parse((await query(sql, '--format', 'json')).stdout)).toEqual(rows);
    expect((await query(sql, '--format', 'csv')).stdout).toBe(`payload\r\n"${HOSTILE.replaceAll('"', '""')}"\r\n`);
    expect((await query(sql)).stdout).not.toContain('\u001b');
  });

  it('says when there was more', async () => {
    const { code, stdout, stderr } = await query('select 1 as one from messages', '--max-rows', '2', '--format', 'csv');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'one\r\n1\r\n1\r\n' });
    expect(stderr).toBe(
      'metlog query: only the first 2 rows are here; --max-rows allows more, LIMIT and GROUP BY ask for fewer\n',
    );
  });

  it.each([
    ['selec 1', /^metlog query: [^\n]*syntax[^\n]*\n$/i],
    ['drop table messages', /^metlog query: [^\n]*SELECT[^\n]*\n$/],
    ['select nothing from messages', /^metlog query: [^\n]*nothing[^\n]*\n$/],
    ["select * from read_csv('/etc/passwd')", /^metlog query: [^\n]*read_csv[^\n]*\n$/],
    [
      'select count(*) from range(100000000000) a, range(100) b',
      /^metlog query: the query was stopped after 1000 ms\n$/,
    ],
  ])('refuses %s in one line with exit 1', async (sql, line) => {
    const { code, stdout, stderr } = await query(sql, '--timeout', '1');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(line);
  });

  it('says that there is no archive, and makes none', async () => {
    const cwd = await tempDir();
    expect(await runCli(['query', 'select 1'], { cwd })).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'metlog query: there is no archive in "metlog-data" yet; start `metlog serve`, or name another with --data-dir\n',
    });
    expect(await readdir(cwd)).toEqual([]);
  });

  it('says that an archive holds nothing yet', async () => {
    const dir = await tempDir();
    await mkdir(join(dir, 'archive'));
    expect(await runCli(['query', 'select count(*) as n from messages', '--data-dir', dir, '--format', 'csv'])).toEqual(
      {
        code: 0,
        stdout: 'n\r\n0\r\n',
        stderr: `metlog query: the archive in "${dir}" holds no messages yet\n`,
      },
    );
  });

  it('asks a running server, and passes on what it refuses', async () => {
    const { http, udp } = await serve();
    await runCli(['send', 'x.y', '--dest', udp]);
    const ask = async (): Promise<string> =>
      (
        await runCli([
          'query',
          "select type from messages where type not like 'metlog.%'",
          '--url',
          http,
          '--format',
          'csv',
        ])
      ).stdout;
    await expect.poll(ask).toBe('type\r\nx.y\r\n');
    const refused = await runCli(['query', 'drop table messages', '--url', http]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^metlog query: [^\n]*SELECT[^\n]*\n$/);
  });

  it('selects from the view of a type that a service has announced, by server and by folder', async () => {
    const { udp, http, dataDir } = await serve();
    const metlog = createMetlog({ dest: udp });
    onTestFinished(() => metlog.close());
    metlog.send(defineMessage('order.placed', z.object({ total: z.number() })), { total: 12.5 });
    await metlog.flush();
    for (const from of [
      ['--url', http],
      ['--data-dir', dataDir],
    ]) {
      const ask = async (): Promise<string> =>
        (await runCli(['query', 'select total from order_placed', ...from, '--format', 'csv'])).stdout;
      await expect.poll(ask).toBe('total\r\n12.5\r\n');
    }
  });

  it('says that nobody answers', async () => {
    const http = `http://127.0.0.1:${await freePort()}`;
    expect(await runCli(['query', 'select 1', '--url', http])).toEqual({
      code: 1,
      stdout: '',
      stderr: `metlog query: nobody answers at ${http} (ECONNREFUSED); is \`metlog serve\` running?\n`,
    });
  });

  it('ends quietly when its reader has seen enough', async () => {
    const child = startCli([
      'query',
      "select repeat('x', 1000) as x from range(5000)",
      '--data-dir',
      dataDir,
      '--format',
      'ndjson',
    ]);
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    onTestFinished(() => void child.kill());
    await once(child.stdout, 'data');
    const closed = once(child, 'close');
    (child.stdout as unknown as { destroy(): void }).destroy();
    await closed;
    expect(said).toBe('');
  });
});

describe('metlog merge', () => {
  it('merges small files into one, and the rows stay', async () => {
    const { udp, dataDir, stop } = await serve();
    for (const name of ['a', 'b', 'c']) {
      await runCli(['send', name, '--dest', udp]);
      await expect.poll(async () => (await countFiles(dataDir)) >= name.charCodeAt(0) - 96).toBe(true);
    }
    expect(await stop()).toBe(0);
    const fileCount = await countFiles(dataDir); // the report of a sender may be in a file of its own
    const { code, stdout, stderr } = await runCli(['merge', '--data-dir', dataDir]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(fileCount).toBeGreaterThanOrEqual(3);
    expect(stdout).toMatch(new RegExp(`^merged ${fileCount} files into 1, deleted \\d+; the archive has 1 now\\n$`));
    const rows = await runCli([
      'query',
      "select type from messages where type not like 'metlog.%' order by 1",
      '--data-dir',
      dataDir,
      '--format',
      'csv',
    ]);
    expect(rows.stdout).toBe('type\r\na\r\nb\r\nc\r\n');
  });

  it('deletes no day, however old: that is for serve, which was told for how long', async () => {
    const { udp, dataDir, stop } = await serve();
    await runCli(['send', 'of.old', '--dest', udp]);
    expect(await stop()).toBe(0);
    const recent = join(dataDir, 'archive', '_recent');
    const [day] = await readdir(recent);
    await rename(join(recent, day!), join(recent, 'dt=2019-01-01'));
    expect((await runCli(['merge', '--data-dir', dataDir])).code).toBe(0);
    expect(await readdir(join(dataDir, 'archive', 'dt=2019-01-01'))).toHaveLength(1);
  });

  it('leaves an archive that is in use alone', async () => {
    const { dataDir, child } = await serve();
    expect(await runCli(['merge', '--data-dir', dataDir])).toEqual({
      code: 1,
      stdout: '',
      stderr: `metlog merge: the archive ${join(dataDir, 'archive')} is in use by another metlog (pid ${String(child.pid)})\n`,
    });
  });

  it('says that there is no archive', async () => {
    const { code, stderr } = await runCli(['merge'], { cwd: await tempDir() });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'metlog merge: there is no archive in "metlog-data"; name another with --data-dir\n',
    });
  });
});

/** Files of messages; beside them are those of their hours. */
async function countFiles(dataDir: string): Promise<number> {
  const files = await readdir(join(dataDir, 'archive'), { recursive: true });
  return files.filter((name) => name.endsWith('.parquet') && !name.startsWith('_hours')).length;
}
