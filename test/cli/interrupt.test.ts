import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCommandLine } from '../../src/cli/run.ts';
import { aMessage, archive } from '../report/temp-archive.ts';
import { runCli, serve, startCli, tempDir } from './run-cli.ts';

/** It would take hours. */
const ENDLESS = 'select count(*) from range(1000000) a, range(1000000) b where a.range + b.range = -1';

describe('metlog query, interrupted', () => {
  it('stops its query on the archive, says so, and ends as what a signal has ended', async () => {
    const dataDir = await tempDir();
    await archive(dataDir, [aMessage()]);
    for (const [name, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const given = new AbortController();
      const ended = runCommandLine(['query', ENDLESS, '--data-dir', dataDir], {
        env: {},
        stdin: Readable.from([]),
        stdout,
        stderr,
        watchSignals: () => {
          setImmediate(() => given.abort(name));
          return given.signal;
        },
        unwatchSignals: () => undefined,
        onHangup: () => undefined,
        abandon: () => undefined,
      });
      expect(await ended).toBe(code);
      stdout.end();
      stderr.end();
      expect([await text(stdout), await text(stderr)]).toEqual(['', 'metlog query: interrupted\n']);
    }
  });

  it('gives up its request at a signal', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const child = startCli(['query', 'select 1', '--url', `http://127.0.0.1:${port}`]);
    const [request] = (await once(server, 'request')) as [IncomingMessage];
    const closed = once(request.socket, 'close');
    const said = text(child.stderr);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
    expect(await said).toBe('metlog query: interrupted\n');
    await closed;
  });

  it('leaves no query running in the server, which would keep others waiting', async () => {
    const { http } = await serve();
    const children = [1, 2].map(() => startCli(['query', ENDLESS, '--url', http, '--timeout', '60']));
    // Two run at a time: any other has to wait.
    const ask = (): Promise<string> =>
      fetch(`${http}/api/query`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"sql":"select 1"}',
        signal: AbortSignal.timeout(500),
      }).then(() => 'answered', () => 'waits'); // prettier-ignore
    await expect.poll(ask).toBe('waits');
    for (const child of children) {
      child.kill('SIGINT');
      await once(child, 'exit');
    }
    expect(await runCli(['query', 'select 1 as one', '--url', http, '--format', 'csv'])).toEqual({
      code: 0,
      stdout: 'one\r\n1\r\n',
      stderr: '',
    });
  });
});
