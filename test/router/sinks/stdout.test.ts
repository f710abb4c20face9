import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ndjsonLine } from '../../../src/router/sinks/ndjson-line.ts';
import { createStdoutSink } from '../../../src/router/sinks/stdout.ts';
import { sinkContract } from '../../../src/testing/index.ts';
import { aMessage } from './a-message.ts';
import { sinkContext } from './sink-context.ts';

const createSink = (stream?: Writable) => createStdoutSink({ kind: 'stdout' }, sinkContext('out'), stream);

/** A stream that takes nothing, or fails, until it is mended. */
function brokenStream(kind: 'silent' | 'failing') {
  const texts: string[] = [];
  let waiting: (() => void)[] = [];
  let isBroken = true;
  const stream = new Writable({
    decodeStrings: false,
    autoDestroy: false,
    write(text: string, _encoding, done) {
      const take = (): void => {
        texts.push(text);
        done();
      };
      if (!isBroken) take();
      else if (kind === 'silent') waiting.push(take);
      else done(new Error('EPIPE'));
    },
  });
  const mend = async (): Promise<void> => {
    isBroken = false;
    for (const take of waiting) take();
    waiting = [];
  };
  return { sink: createSink(stream), received: async () => parse(texts.join('')), mend };
}

const parse = (text: string): unknown[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);

describe('a stdout sink', () => {
  const cases = sinkContract(
    async () => {
      const stream = new PassThrough();
      let text = '';
      stream.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      return { sink: createSink(stream), received: async () => parse(text) };
    },
    { makeSilent: async () => brokenStream('silent') },
  );
  it.each(cases)('$name', ({ run }) => run());

  it('writes to standard output unless told otherwise', async () => {
    const written: unknown[] = [];
    const write = process.stdout.write;
    onTestFinished(() => void (process.stdout.write = write));
    process.stdout.write = (text: unknown, done: unknown) => {
      written.push(text);
      (done as () => void)(); // what the sink passes
      return true;
    };
    await createSink().write([aMessage()], new AbortController().signal);
    expect(written).toEqual([ndjsonLine(aMessage())]);
  });

  it('waits for a reader that is slow', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const writer = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [reader] = (await once(server, 'connection')) as [Socket];
    reader.pause();
    const sink = createSink(writer);
    const large = aMessage({ payload: 'x'.repeat(1_000_000) });
    let writes = 0;
    const open = new AbortController().signal;
    const all = (async () => {
      for (; writes < 30; writes++) await sink.write([large], open);
    })();
    await expect.poll(() => writer.writableNeedDrain).toBe(true);
    expect(writes).toBeLessThan(30);
    let bytes = 0;
    reader.on('data', (piece: Buffer) => (bytes += piece.length)).resume();
    await all;
    await expect.poll(() => bytes).toBe(30 * Buffer.byteLength(ndjsonLine(large)));
    writer.destroy();
  });

  it('rejects when its reader has gone, and the process goes on', async () => {
    const reader = spawn(process.execPath, ['-e', ''], { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(reader, 'exit');
    const sink = createSink(reader.stdin);
    const open = new AbortController().signal;
    for (let i = 0; i < 3; i++) await expect(sink.write([aMessage()], open)).rejects.toThrow();
    await sink.close();
  });

  it('sends what a stopped write left behind before the next, once its reader is back', async () => {
    const { sink, received, mend } = brokenStream('silent');
    await expect(sink.write([aMessage({ offset: 1 })], AbortSignal.timeout(10))).rejects.toThrow('it took too long');
    await expect(sink.write([aMessage({ offset: 1 })], AbortSignal.timeout(10))).rejects.toThrow('it took too long');
    await mend();
    await sink.write([aMessage({ offset: 1 }), aMessage({ offset: 2 })], new AbortController().signal);
    expect(await received()).toMatchObject([{ offset: 1 }, { offset: 1 }, { offset: 2 }]);
  });
});
