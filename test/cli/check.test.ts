import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, tempDir, type CliResult } from './run-cli.ts';

const CONFIG = `
  import { defineConfig, type Sink } from 'metlog/router';
  export default defineConfig({
    archive: { except: { type: 'noise.*' } },
    sinks: {
      statsd: { kind: 'statsd' },
      sentry: { kind: 'sentry', dsn: 'http://key@127.0.0.1:9/1' },
      own: (): Sink => { throw new Error('made by a check'); },
    },
    routes: [
      { match: { type: ['counter', 'timer'] }, to: ['statsd'] },
      { match: { type: 'exception', severity: { max: 3 }, 'metadata.team': { not: 'pay*' } }, to: ['sentry'] },
      { otherwise: true, to: ['own'] },
    ],
    routeTests: TESTS,
  });
`;

const PASSING = `[
  { message: { type: 'counter', metadata: { name: 'a' } }, to: ['statsd'] },
  { message: { type: 'exception', severity: 3 }, to: ['sentry'] },
  { name: 'defaults', message: { type: 'exception' }, to: ['own'] },
]`;

async function check(
  args: readonly string[],
  { tests = PASSING, stdin = '', files = {} }: { tests?: string; stdin?: string; files?: Record<string, string> } = {},
): Promise<CliResult> {
  const cwd = await tempDir();
  await writeFile(join(cwd, 'metlog.config.ts'), CONFIG.replace('TESTS', tests));
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text);
  return runCli(['check', ...args], { cwd, stdin });
}

describe('metlog check', () => {
  it('tells in one line what there is and that the tests pass, and makes no sink', async () => {
    const line = 'metlog.config.ts: 3 sinks, 3 routes, 3 route tests passed\n';
    expect(await check([])).toEqual({ code: 0, stdout: line, stderr: '' });
    expect(await check(['metlog.config.ts'])).toEqual({ code: 0, stdout: line, stderr: '' });
  });

  it('ends with 1 and names the route tests that fail', async () => {
    const tests = `[
      { message: { type: 'counter' }, to: ['statsd'] },
      { name: 'grave', message: { type: 'exception', severity: 2 }, to: ['own', 'sentry'] },
      { message: { type: 'log' }, to: [] },
    ]`;
    expect(await check([], { tests })).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'metlog check: routeTests.1 (grave): the message reaches sentry, wanted own, sentry\n' +
        'metlog check: routeTests.2: the message reaches own, wanted no sink\n' +
        'metlog check: 2 of 3 route tests failed\n',
    });
  });

  it('counts keys where there are any, and shows no secret', async () => {
    const keys = { shop: { secret: 'a secret of 24 characters' }, web: { secret: 'another of 24 characters' } };
    expect(await check(['c.json'], { files: { 'c.json': JSON.stringify({ keys }) } })).toEqual({
      code: 0,
      stdout: 'c.json: 0 sinks, 0 routes, 2 keys, 0 route tests passed\n',
      stderr: '',
    });
  });

  it('tells of a sink that no route names', async () => {
    const files = { 'c.json': '{"sinks":{"a":{"kind":"stdout"}}}' };
    expect(await check(['c.json'], { files })).toEqual({
      code: 0,
      stdout: 'c.json: 1 sink, 0 routes, 0 route tests passed\n',
      stderr: 'metlog check: no route names the sink a: it gets nothing\n',
    });
  });

  it('checks what environment variables make', async () => {
    const env = { METLOG_STATSD: '127.0.0.1:8125', SENTRY_DSN: 'http://key@127.0.0.1:9/1' };
    expect(await runCli(['check'], { cwd: await tempDir(), env })).toEqual({
      code: 0,
      stdout: 'METLOG_STATSD, SENTRY_DSN: 2 sinks, 2 routes, 0 route tests passed\n',
      stderr: '',
    });
  });

  it.each<[number, string[], Record<string, string>, string]>([
    [
      1,
      ['c.json'],
      { 'c.json': '{"sinks":{"a":{"kind":"b"}}}' },
      'c.json: sinks.a must be an object whose kind is one',
    ],
    [1, ['c.mjs'], { 'c.mjs': 'export default {' }, 'c.mjs: '],
    [
      1,
      ['c.json'],
      { 'c.json': '{"routes":[{"match":{"typ":1},"to":["a"]}]}' },
      'c.json: routes.0.match.typ is no key of a match',
    ],
    [
      1,
      ['--explain', 'm.json'],
      { 'm.json': '{"severity":3}' },
      'm.json: no message (bad-type), wanted: a type at least',
    ],
    [1, ['--explain', 'm.json'], { 'm.json': '{"type":"a"}\nnonsense' }, 'm.json, line 2: no message, wanted: a JSON'],
    [1, ['--explain', 'm.json'], { 'm.json': '\n' }, 'm.json: there is no message'],
    [2, ['absent.ts'], {}, 'FILE must be a file, and there is none at "absent.ts"'],
    [2, ['--explain', 'absent.json'], {}, '--explain must be a file, and none can be read at "absent.json"'],
    [2, ['--explian', 'm.json'], {}, 'unknown option --explian'],
    [2, ['a.json', 'b.json'], {}, 'unexpected argument "b.json"; wanted: metlog check [FILE] [options]'],
  ])('ends with %i for %j of %j', async (code, args, files, said) => {
    const result = await check(args, { files });
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(/^metlog check: [^\n]*\n$/);
    expect(result.stderr).toContain(said);
  });

  it('ends with 2 where there is nothing to check', async () => {
    const { code, stderr } = await runCli(['check'], { cwd: await tempDir() });
    expect(code).toBe(2);
    expect(stderr).toBe(
      'metlog check: there is no configuration here, wanted: a file, or metlog.config.ts, .mjs or .json\n',
    );
  });
});

describe('metlog check --explain', () => {
  it('says of each message where it goes, which routes apply, and why the others do not', async () => {
    const files = {
      'm.ndjson': [
        '{"type":"timer"}',
        '',
        '{"type":"exception","severity":4,"logger":"shop","via":"http","key":"k1","metadata":{"team":"payments"}}',
        '{"type":"noise.heartbeat"}',
        '',
      ].join('\n'),
    };
    expect(await check(['--explain', 'm.ndjson', 'metlog.config.ts'], { files })).toEqual({
      code: 0,
      stderr: '',
      stdout: `timer from test, severity 6, by udp: goes to statsd
  archive: takes it
  routes.0 to statsd: applies
  routes.1 to sentry: does not apply: type is "timer", wanted "exception"; severity is 6, wanted at most 3
  routes.2 to own: does not apply: routes.0 took it
exception from shop, severity 4, by http, signed with k1: goes to own
  archive: takes it
  routes.0 to statsd: does not apply: type is "exception", wanted "counter" or "timer"
  routes.1 to sentry: does not apply: severity is 4, wanted at most 3; metadata.team is "payments", wanted anything but "pay*"
  routes.2 to own: applies
noise.heartbeat from test, severity 6, by udp: goes to own
  archive: leaves it out, as archive.except says
  routes.0 to statsd: does not apply: type is "noise.heartbeat", wanted "counter" or "timer"
  routes.1 to sentry: does not apply: type is "noise.heartbeat", wanted "exception"; severity is 6, wanted at most 3
  routes.2 to own: applies
`,
    });
  });

  it('takes one message on several lines from stdin, and hands a terminal nothing that it would obey', async () => {
    const stdin = JSON.stringify({ type: 'a\u001b[31m', metadata: {} }, null, 2);
    const { code, stdout } = await check(['--explain', '-'], { stdin });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^a\\x1b\[31m from test, severity 6, by udp: goes to own\n/);
    expect(stdout).not.toContain('\u001b');
  });
});
