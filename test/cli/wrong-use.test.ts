import { describe, expect, it } from 'vitest';
import { runCli, tempDir } from './run-cli.ts';
import { runHere } from './run-here.ts';

const OPTIONS_OF_SERVE =
  '--config, --data-dir, --udp-port, --http-port, --retention-days, --origin, --host, --allowed-host, --udp-host, --help';

describe('wrong use is told in one line that names the option, what came and what is wanted; exit 2', () => {
  it.each<[string[], string]>([
    [
      [],
      'metlog: a command is missing, wanted: serve, relay, check, query, tail, ledger, send, replay, upload-maps, import, merge, ddl, help',
    ],
    [
      ['sevre'],
      'metlog: unknown command "sevre", wanted: serve, relay, check, query, tail, ledger, send, replay, upload-maps, import, merge, ddl, help',
    ],
    [
      ['\u001b[31m'],
      'metlog: unknown command "\\u001b[31m", wanted: serve, relay, check, query, tail, ledger, send, replay, upload-maps, import, merge, ddl, help',
    ],
    [
      ['help', 'sevre'],
      'metlog: unknown command "sevre", wanted: serve, relay, check, query, tail, ledger, send, replay, upload-maps, import, merge, ddl, help',
    ],
    [['serve', '--port', '1'], `metlog serve: unknown option --port; wanted: ${OPTIONS_OF_SERVE}`],
    [['serve', '-x'], `metlog serve: unknown option -x; wanted: ${OPTIONS_OF_SERVE}`],
    [['serve', '--__proto__'], `metlog serve: unknown option --__proto__; wanted: ${OPTIONS_OF_SERVE}`],
    [['serve', 'now'], 'metlog serve: unexpected argument "now"; wanted: metlog serve [options]'],
    [['serve', '--udp-port'], 'metlog serve: --udp-port needs a value (PORT)'],
    [['serve', '--udp-port', '--http-port', '0'], 'metlog serve: --udp-port needs a value (PORT), got "--http-port"'],
    [['serve', '--udp-port='], 'metlog serve: --udp-port must not be empty (PORT)'],
    [['serve', '--udp-port', 'abc'], 'metlog serve: --udp-port must be a port from 0 to 65535, got "abc"'],
    [['serve', '--udp-port', '65536'], 'metlog serve: --udp-port must be a port from 0 to 65535, got "65536"'],
    [
      ['serve', '--retention-days', '0'],
      'metlog serve: --retention-days must be a whole number from 1 to 36500, got "0"',
    ],
    [['serve', '--http-port', '-1'], 'metlog serve: --http-port must be a port from 0 to 65535, got "-1"'],
    [
      ['serve', '--http-port', '6566'],
      'metlog serve: --http-port must be another port than 6566, which fetch and browsers refuse to ask',
    ],
    [['serve', '--http-port', '5566.5'], 'metlog serve: --http-port must be a port from 0 to 65535, got "5566.5"'],
    [['serve', '--host', 'example.com'], 'metlog serve: --host must be an IP address or localhost, got "example.com"'],
    [
      ['serve', '--allowed-host', 'https://metlog.example.com'],
      'metlog serve: --allowed-host must be a host name such as metlog.example.com, without a port, got "https://metlog.example.com"',
    ],
    [
      ['serve', '--allowed-host', 'metlog.example.com:5566'],
      'metlog serve: --allowed-host must be a host name such as metlog.example.com, without a port, got "metlog.example.com:5566"',
    ],
    [['serve', '--host', ''], 'metlog serve: --host must not be empty (HOST)'],
    [
      ['serve', '--udp-host', 'evil.example'],
      'metlog serve: --udp-host must be an IP address or localhost, got "evil.example"',
    ],
    [['serve', '--data-dir', 'a', '--data-dir', 'b'], 'metlog serve: --data-dir is given twice, wanted once'],
    [['serve', '--help=yes'], 'metlog serve: --help takes no value, got "yes"'],
    [
      ['query'],
      'metlog query: SQL is missing, wanted: a SELECT over messages, counters, timers, gauges, logs, exceptions or a registered type (or - to read it from stdin)',
    ],
    [
      ['query', ' '],
      'metlog query: SQL is empty, wanted: a SELECT, e.g. "select type, count(*) from messages group by 1"',
    ],
    [['query', 'select', '1'], 'metlog query: unexpected argument "1"; wanted: metlog query SQL [options]'],
    [
      ['query', 'select 1', '--format', 'xml'],
      'metlog query: --format must be one of table, json, csv, ndjson, got "xml"',
    ],
    [
      ['query', 'select 1', '--max-rows', '0'],
      'metlog query: --max-rows must be a whole number from 1 to 10000000, got "0"',
    ],
    [
      ['query', 'select 1', '--timeout', 'ten'],
      'metlog query: --timeout must be a whole number from 1 to 3600, got "ten"',
    ],
    [
      ['query', 'select 1', '--url', 'localhost:5566'],
      'metlog query: --url must be an address such as http://127.0.0.1:5566, got "localhost:5566"',
    ],
    [
      ['query', 'select 1', '--url', 'http://localhost/', '--data-dir', 'd'],
      'metlog query: --url and --data-dir are both given, wanted: one of them',
    ],
    [
      ['query', 'select 1', '--archive', 'hdfs://host'],
      'metlog query: --archive names no path, and the root of HDFS is not taken, wanted: hdfs://host[:port][,host[:port]]/path, got "hdfs://host"',
    ],
    [
      ['query', 'select 1', '--archive', 'a', '--url', 'http://localhost/'],
      'metlog query: --url and --archive are both given, wanted: one of them',
    ],
    [
      ['query', 'select 1', '--cache-dir', 'a'],
      'metlog query: --cache-dir is for remote archives, wanted: --archive with the address of one',
    ],
    [
      ['query', 'select 1', '--config', 'c', '--url', 'http://localhost/'],
      'metlog query: --config and --url are both given, wanted: one of them',
    ],
    [
      ['query', 'select 1', '--config', 'c', '--archive', 'a'],
      'metlog query: --config and --archive are both given, wanted: one of them',
    ],
    [
      ['query', 'select 1', '--url', 'http://localhost/', '--from', '2026-11-27'],
      'metlog query: --from is for archives that are read here; with --url, wanted: received in the statement',
    ],
    [
      ['query', 'select 1', '--from', '2026-02-30'],
      'metlog query: --from must be a day such as 2026-11-27, got "2026-02-30"',
    ],
    [
      ['query', 'select 1', '--from', '2026-02-02', '--to', '2026-02-01'],
      'metlog query: --from must not be later than --to, got 2026-02-02 and 2026-02-01',
    ],
    [['tail', '--severity', '8'], 'metlog tail: --severity must be a whole number from 0 to 7, got "8"'],
    [['tail', '--metadata', '=eu'], 'metlog tail: --metadata must be KEY=VALUE, got "=eu"'],
    [['tail', '--format', 'json'], 'metlog tail: --format must be one of text, ndjson, got "json"'],
    [
      ['tail', '--url', 'ftp://x'],
      'metlog tail: --url must be an address such as http://127.0.0.1:5566, got "ftp://x"',
    ],
    [['send'], 'metlog send: TYPE is missing, wanted: the type of the message, e.g. order.placed'],
    [['send', 'x', '--metadata', 'nonsense'], 'metlog send: --metadata must be key=value, got "nonsense"'],
    [['send', 'x', '--metadata', '=1'], 'metlog send: --metadata must be key=value, got "=1"'],
    [['send', 'x', '--severity', 'high'], 'metlog send: --severity must be a whole number from 0 to 7, got "high"'],
    [
      ['send', 'x', '--dest', 'nonsense://x'],
      'metlog send: --dest must be an address such as udp://127.0.0.1:5565 or http://127.0.0.1:5566, got "nonsense://x"',
    ],
    [
      ['send', 'x', '--dest', '127.0.0.1:5565'],
      'metlog send: --dest must be an address such as udp://127.0.0.1:5565 or http://127.0.0.1:5566, got "127.0.0.1:5565"',
    ],
    [['send', 'x'.repeat(257)], 'metlog send: TYPE must have 1 to 256 characters, got 257'],
    [['send', 'x', '--logger', 'y'.repeat(300)], 'metlog send: --logger must have 1 to 256 characters, got 300'],
    [['replay'], 'metlog replay: SINK is missing, wanted: the name of a sink in the configuration, e.g. statsd'],
    [['replay', ''], 'metlog replay: SINK is empty, wanted: the name of a sink in the configuration'],
    [['replay', 'a', 'b'], 'metlog replay: unexpected argument "b"; wanted: metlog replay SINK [options]'],
    [
      ['replay', 'a', '--url', 'nowhere'],
      'metlog replay: --url must be an address such as http://127.0.0.1:5566, got "nowhere"',
    ],
    [
      ['upload-maps', '--release', '1'],
      'metlog upload-maps: DIR is missing, wanted: the folder of the built scripts and their maps',
    ],
    [['upload-maps', 'dist'], 'metlog upload-maps: --release is missing, wanted: the version that the page says it is'],
    [
      ['upload-maps', 'dist', '--release', '1', '--url', 'http://127.0.0.1:5566', '--data-dir', 'x'],
      'metlog upload-maps: --url and --data-dir are both given, wanted: one of them',
    ],
    [['merge', 'now'], 'metlog merge: unexpected argument "now"; wanted: metlog merge [options]'],
    [['ddl'], 'metlog ddl: --engine is missing, wanted: one of hive, spark, trino, duckdb'],
    [['ddl', '--engine', 'impala'], 'metlog ddl: --engine must be one of hive, spark, trino, duckdb, got "impala"'],
    [['ddl', '--engine', 'hive', '--days', '0'], 'metlog ddl: --days must be a whole number from 1 to 36500, got "0"'],
    [
      ['ddl', '--engine', 'trino', '--days', '2'],
      'metlog ddl: --days is for hive and spark, got --engine trino, which finds new days where the printed CALL is run again',
    ],
    [
      ['ddl', '--engine', 'duckdb', '--location', 'hdfs://nn/metlog'],
      'metlog ddl: --location must be s3://bucket[/prefix] or a folder for duckdb, which reads no HDFS',
    ],
    [
      ['ddl', '--engine', 'hive', '--location', 's3://b/\u001b'],
      'metlog ddl: --location must be hdfs://host[:port]/path, s3://bucket[/prefix] or a folder, got "s3://b/\\u001b"',
    ],
  ])('metlog %j', async (args, line) => {
    expect(await runHere(args)).toEqual({ code: 2, stdout: '', stderr: `${line}\n` });
  });

  it('also from a process of its own', async () => {
    const line = 'metlog serve: --udp-port must be a port from 0 to 65535, got "abc"\n';
    const args = ['serve', '--udp-port', 'abc'];
    expect(await runCli(args, { cwd: await tempDir() })).toEqual({ code: 2, stdout: '', stderr: line });
  });

  it('names the variable where that is what is wrong', async () => {
    expect(await runHere(['serve'], { env: { METLOG_UDP_PORT: 'high' } })).toEqual({
      code: 2,
      stdout: '',
      stderr: 'metlog serve: METLOG_UDP_PORT must be a port from 0 to 65535, got "high"\n',
    });
  });
});

describe('help', () => {
  it.each(['serve', 'check', 'query', 'tail', 'send', 'replay', 'upload-maps', 'merge'])(
    'of %s shows usage, each option and an example',
    async (name) => {
      const { code, stdout, stderr } = await runHere([name, '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^usage: metlog ${name}`));
      expect(stdout).toMatch(/\nexamples?:\n {2}metlog /);
      expect((await runHere(['help', name])).stdout).toBe(stdout);
    },
  );

  it('says what an argument is, and of a file to import what would be there twice', async () => {
    const { stdout } = await runHere(['import', '--help']);
    expect(stdout).toMatch(/\n {2}FILE +NDJSON as the file sink of another router .* would be there twice\. .*\n/);
  });

  it.each([['help'], ['--help'], ['-h']])('metlog %s lists the commands', async (arg) => {
    const { code, stdout } = await runCli([arg]);
    expect(code).toBe(0);
    for (const name of ['serve', 'check', 'query', 'tail', 'send', 'replay', 'upload-maps', 'merge'])
      expect(stdout).toContain(`\n  ${name} `);
  });

  it('metlog --version prints the version alone', async () => {
    expect(await runCli(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  });
});
