import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatMessage } from '../../src/cli/tail-format.ts';
import { readServerSentEvents, type ServerSentEvent } from '../../src/cli/server-sent-events.ts';
import { freePort } from '../support/free-port.ts';
import { runCli, serve, startCli, type Serving } from './run-cli.ts';

/** Lines of a running command, one at a time. */
function follow(args: readonly string[]): {
  child: ReturnType<typeof startCli>;
  next(): Promise<string>;
  stderr(): string;
} {
  const child = startCli(args);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return { child, next: async () => String((await lines.next()).value), stderr: () => said };
}

/** Sends until it has been seen: a tail shows what comes after it was opened, and when that is only it knows. */
async function sendUntilSeen(serving: Serving, type: string, seen: Promise<string>): Promise<string> {
  let line: string | undefined;
  void seen.then((first) => (line = first));
  while (line === undefined) await runCli(['send', type, '--dest', serving.udp, '--payload', 'p\u001b[31m\nq']);
  return line;
}

describe('metlog send', () => {
  it('sends a message that query then finds, with its values as JSON', async () => {
    const { udp, dataDir } = await serve();
    const args = [
      '--metadata',
      'total=12.5',
      '--metadata',
      'ok=true',
      '--metadata',
      'none=null',
      '--metadata',
      'zip=00123',
      '--metadata',
      'a=b=c',
      '--metadata',
      '__proto__=x',
    ];
    const sent = await runCli([
      'send',
      'order.placed',
      '--payload',
      'two\nlines',
      '--severity',
      '2',
      '--logger',
      'shop',
      '--dest',
      udp,
      ...args,
    ]);
    expect(sent).toEqual({ code: 0, stdout: 'sent "order.placed"\n', stderr: '' });
    const ask = async (): Promise<unknown> => {
      const { stdout } = await runCli([
        'query',
        "select type, payload, severity, logger, metadata from messages where type <> 'metlog.report'",
        '--data-dir',
        dataDir,
        '--format',
        'json',
      ]);
      return stdout === '' ? null : JSON.parse(stdout);
    };
    await expect.poll(ask).toEqual([
      {
        type: 'order.placed',
        payload: 'two\nlines',
        severity: 2,
        logger: 'shop',
        metadata: JSON.parse('{"total":12.5,"ok":true,"none":null,"zip":"00123","a":"b=c","__proto__":"x"}') as unknown,
      },
    ]);
  });

  it('sends over HTTP as well', async () => {
    const { http } = await serve();
    expect((await runCli(['send', 'x', '--dest', http])).code).toBe(0);
  });

  it('says when nobody listens, with exit 1', async () => {
    const udp = `udp://127.0.0.1:${await freePort()}`;
    expect(await runCli(['send', 'x', '--dest', udp])).toEqual({
      code: 1,
      stdout: '',
      stderr: `metlog send: nobody listens at ${udp}; is \`metlog serve\` running?\n`,
    });
  });
});

describe('metlog tail', () => {
  it('shows what arrives and fits, on one line, with nothing that a terminal would obey', async () => {
    const serving = await serve();
    const { child, next } = follow(['tail', '--url', serving.http, '--type', 'order.*']);
    await runCli(['send', 'other', '--dest', serving.udp]);
    const line = await sendUntilSeen(serving, 'order.placed', next());
    expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}info {6}metlog-cli {2}order\.placed {2}p\\x1b\[31m\\nq$/);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('shows only what has the metadata and the text that are asked for', async () => {
    const serving = await serve();
    const asked = ['--metadata', 'region=eu-*', '--metadata', 'tier=1', '--text', 'TIMEOUT'];
    const { next } = follow(['tail', '--url', serving.http, '--format', 'ndjson', ...asked]);
    const first = next();
    let line: string | undefined;
    void first.then((seen) => (line = seen));
    const send = (type: string, payload: string, ...metadata: string[]): Promise<unknown> =>
      runCli(['send', type, '--dest', serving.udp, '--payload', payload, ...metadata.flatMap((pair) => ['--metadata', pair])]); // prettier-ignore
    while (line === undefined) {
      await send('other.region', 'timeout', 'region=us-1', 'tier=1');
      await send('other.tier', 'timeout', 'region=eu-1', 'tier=2');
      await send('other.text', 'refused', 'region=eu-1', 'tier=1');
      await send('wanted', 'a timeout', 'region=eu-1', 'tier=1');
    }
    expect(JSON.parse(line)).toMatchObject({ type: 'wanted' });
  });

  it('gives programs a message a line', async () => {
    const serving = await serve();
    const { next } = follow(['tail', '--url', serving.http, '--format', 'ndjson']);
    const line = await sendUntilSeen(serving, 'x', next());
    expect(JSON.parse(line)).toMatchObject({
      type: 'x',
      logger: 'metlog-cli',
      payload: 'p\u001b[31m\nq',
      pid: expect.any(Number) as number,
    });
  });

  it('comes back when the server does', async () => {
    const httpPort = String(await freePort());
    const first = await serve({ httpPort });
    const { next, stderr } = follow(['tail', '--url', first.http]);
    await sendUntilSeen(first, 'x', next());
    await first.stop();
    await expect.poll(stderr).toContain('waiting for it to come back');
    const second = await serve({ dataDir: first.dataDir, httpPort });
    await expect.poll(stderr).toContain(`${first.http} is back\n`);
    const firstNew = async (): Promise<string> => {
      for (;;) {
        const line = await next();
        if (!line.includes('  x  ')) return line; // of `x` more may have been sent than were read
      }
    };
    expect(await sendUntilSeen(second, 'again', firstNew())).toContain('again');
  });

  it('says once what a server answers that comes back but refuses', async () => {
    let requestCount = 0;
    const server = createServer((_, response) => {
      requestCount++;
      if (requestCount === 1) response.writeHead(200).end();
      else if (requestCount < 4) response.writeHead(503).end('{"error":"too many tails are open"}');
      else response.writeHead(200).write(': hello\n\n');
    }).listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { stderr } = follow(['tail', '--url', url]);
    await expect.poll(stderr).toContain('is back');
    expect(stderr()).toBe(
      [`${url} ended the stream; waiting for it to come back`, 'too many tails are open', `${url} is back`]
        .map((text) => `metlog tail: ${text}\n`)
        .join(''),
    );
  });

  it('says when nobody answers, with exit 1', async () => {
    const http = `http://127.0.0.1:${await freePort()}`;
    expect(await runCli(['tail', '--url', http])).toEqual({
      code: 1,
      stdout: '',
      stderr: `metlog tail: nobody answers at ${http} (ECONNREFUSED); is \`metlog serve\` running?\n`,
    });
  });

  it('ends quietly when its reader has seen enough', async () => {
    const serving = await serve();
    const { child, next, stderr } = follow(['tail', '--url', serving.http]);
    await sendUntilSeen(serving, 'x', next());
    const exited = once(child, 'exit');
    (child.stdout as unknown as { destroy(): void }).destroy();
    while (child.exitCode === null) await runCli(['send', 'x', '--dest', serving.udp]);
    expect(await exited).toEqual([0, null]);
    expect(stderr()).toBe('');
  });
});

describe('formatMessage', () => {
  const json = JSON.stringify({
    timestamp: '2026-11-22T10:44:00.123Z',
    severity: 3,
    logger: 'shop\u001b[2J',
    type: 'exception',
    payload: '',
    metadata: { a: '\u009b1m' },
  });

  it('paints in colours for a terminal, and only its own', () => {
    const painted = formatMessage(json, true);
    expect(painted).toContain('\u001b[31merror');
    expect(painted).not.toContain('\u001b[2J');
    expect(formatMessage(json, false)).not.toContain('\u001b');
  });
});

describe('readServerSentEvents', () => {
  async function read(...chunks: string[]): Promise<ServerSentEvent[]> {
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
        controller.close();
      },
    });
    const events: ServerSentEvent[] = [];
    for await (const event of readServerSentEvents(body)) events.push(event);
    return events;
  }

  it('puts events together whatever pieces they come in', async () => {
    const text =
      'retry: 2000\n: hello\n\ndata: {"a":"é"}\n\nevent: gap\ndata: {"skipped":2}\n\n: still here\n\ndata: cut o';
    const expected = [
      { event: 'message', data: '{"a":"é"}' },
      { event: 'gap', data: '{"skipped":2}' },
    ];
    expect(await read(text)).toEqual(expected);
    expect(await read(...text.split(/(?<=.)/su))).toEqual(expected);
  });
});
