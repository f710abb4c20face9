import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReceivedMessage } from '../../../src/router/received-message.ts';
import type { FileSpec } from '../../../src/router/sinks/file-spec.ts';
import { createFileSink } from '../../../src/router/sinks/file.ts';
import { nodeFileCalls, type FileCalls } from '../../../src/router/sinks/file/file-calls.ts';
import { ndjsonLine } from '../../../src/router/sinks/ndjson-line.ts';
import { sinkContract } from '../../../src/testing/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { aMessage } from './a-message.ts';
import { filesUntil, smallDisk } from './failing-files.ts';
import { sinkContext } from './sink-context.ts';

const open = new AbortController().signal;
const LINE_BYTES = Buffer.byteLength(ndjsonLine(aMessage({ offset: 10 })));

const createSink = (spec: Omit<FileSpec, 'kind'>, calls?: FileCalls) =>
  createFileSink({ kind: 'file', ...spec }, sinkContext('other'), calls);

const messagesFrom = (first: number, count: number): ReceivedMessage[] =>
  Array.from({ length: count }, (_, i) => aMessage({ offset: first + i }));

/** The messages of a file; fails if it holds a line that is none, or half of one. */
async function readLines(path: string): Promise<{ readonly offset: number }[]> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line) as { offset: number });
}

const offsets = async (path: string): Promise<number[]> => (await readLines(path)).map(({ offset }) => offset);

/** The offsets in all files of the folder, the oldest file first. */
async function allOffsets(dir: string): Promise<number[]> {
  const names = (await readdir(dir)).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  const oldestFirst = [
    ...names.filter((name) => name !== 'other.ndjson'),
    ...names.filter((n) => n === 'other.ndjson'),
  ];
  return (await Promise.all(oldestFirst.map((name) => offsets(join(dir, name))))).flat();
}

describe('a file sink', () => {
  async function make() {
    const path = join(await temporaryFolder(), 'deep', 'other.ndjson');
    return { sink: createSink({ path }), received: async () => (existsSync(path) ? readLines(path) : []) };
  }
  async function makeFailing() {
    const path = join(await temporaryFolder(), 'other.ndjson');
    const disk = smallDisk(LINE_BYTES + 17);
    return { sink: createSink({ path }, disk), received: () => readLines(path), mend: async () => disk.grow(1e6) };
  }
  it.each(sinkContract(make, { makeFailing }))('$name', ({ run }) => run());

  it('writes where a message came from beside what it says', async () => {
    const path = join(await temporaryFolder(), 'other.ndjson');
    const sink = createSink({ path });
    const page = aMessage({ via: 'http', key: 'shop"page', hostname: undefined, pid: undefined, offset: 7 });
    await sink.write([aMessage(), page], open);
    await sink.close();
    expect(await readFile(path, 'utf8')).toBe(
      '{"type":"counter","timestamp":"2026-11-22T10:44:00.123Z","logger":"shop","severity":6,"payload":"1","metadata":{"name":"login.ok"},"received":"2026-11-22T10:44:00.200Z","via":"udp","hostname":"web-1","pid":4242,"sender":"9f3kq2aaaaaaaaaa","seq":1041,"offset":0}\n' +
        '{"type":"counter","timestamp":"2026-11-22T10:44:00.123Z","logger":"shop","severity":6,"payload":"1","metadata":{"name":"login.ok"},"received":"2026-11-22T10:44:00.200Z","via":"http","key":"shop\\"page","sender":"9f3kq2aaaaaaaaaa","seq":1041,"offset":7}\n',
    );
  });

  it('leaves the name of a new file on disk when it is closed without a flush', async () => {
    const dir = await temporaryFolder();
    const opened: string[] = [];
    const open: FileCalls['open'] = (path, flags) => {
      opened.push(path);
      return nodeFileCalls.open(path, flags);
    };
    const sink = createSink({ path: join(dir, 'other.ndjson') }, { ...nodeFileCalls, open });
    await sink.write([aMessage()], AbortSignal.timeout(5_000));
    expect(opened).toEqual([join(dir, 'other.ndjson')]);
    await sink.close();
    expect(opened).toEqual([join(dir, 'other.ndjson'), dir]);
  });

  it('goes on at the end of the file that is there', async () => {
    const path = join(await temporaryFolder(), 'other.ndjson');
    for (const first of [10, 20]) {
      const sink = createSink({ path });
      await sink.write(messagesFrom(first, 2), open);
      await sink.close();
    }
    expect(await offsets(path)).toEqual([10, 11, 20, 21]);
  });

  it('refuses a path that leads to a folder or a device', async () => {
    const path = await temporaryFolder();
    expect(() => createSink({ path })).toThrow(`sinks.other.path must be a file, and ${path} is none`);
    expect(() => createSink({ path: '/dev/null' })).toThrow('sinks.other.path must be a file, and /dev/null is none');
  });

  it('asks again, with the reason, for what a folder that appeared at its path did not take', async () => {
    const path = join(await temporaryFolder(), 'other.ndjson');
    const sink = createSink({ path });
    await sink.write(messagesFrom(10, 1), open);
    await rename(path, `${path}.moved`);
    await mkdir(path);
    expect(await sink.write(messagesFrom(11, 1), open)).toEqual({ retry: { from: 0, reason: `${path} is no file` } });
    await sink.close();
  });
});

describe('a file sink at the end of its file', () => {
  it('rotates before the file would pass maxBytes, within a batch too, and keeps so many', async () => {
    const dir = await temporaryFolder();
    const path = join(dir, 'other.ndjson');
    const sink = createSink({ path, maxBytes: 3 * LINE_BYTES + 5, keep: 2 });
    expect(await sink.write(messagesFrom(10, 11), open)).toEqual({});
    expect((await readdir(dir)).sort()).toEqual(['other.ndjson', 'other.ndjson.1', 'other.ndjson.2']);
    expect(await offsets(`${path}.2`)).toEqual([13, 14, 15]);
    expect(await offsets(`${path}.1`)).toEqual([16, 17, 18]);
    expect(await offsets(path)).toEqual([19, 20]);
    await sink.close();
  });

  it('gives a message that is larger than maxBytes a file of its own', async () => {
    const dir = await temporaryFolder();
    const path = join(dir, 'other.ndjson');
    const sink = createSink({ path, maxBytes: 10 });
    await sink.write(messagesFrom(10, 3), open);
    await sink.close();
    expect(await allOffsets(dir)).toEqual([10, 11, 12]);
    expect(await offsets(path)).toEqual([12]);
  });

  it('fills a gap in the numbers rather than push out the oldest file', async () => {
    const dir = await temporaryFolder();
    const path = join(dir, 'other.ndjson');
    await writeFile(path, ndjsonLine(aMessage({ offset: 30 })));
    await writeFile(`${path}.1`, ndjsonLine(aMessage({ offset: 20 })));
    await writeFile(`${path}.3`, ndjsonLine(aMessage({ offset: 10 })));
    const sink = createSink({ path, maxBytes: LINE_BYTES, keep: 3 });
    await sink.write(messagesFrom(40, 1), open);
    expect(await allOffsets(dir)).toEqual([10, 20, 30, 40]);
    await sink.close();
  });

  it('goes on where somebody moves the file away just before it does', async () => {
    const dir = await temporaryFolder();
    const path = join(dir, 'other.ndjson');
    const calls: FileCalls = {
      ...nodeFileCalls,
      async rename(from, to) {
        await rename(from, `${path}.away`);
        return nodeFileCalls.rename(from, to);
      },
    };
    const sink = createSink({ path, maxBytes: 2 * LINE_BYTES }, calls);
    expect(await sink.write(messagesFrom(10, 3), open)).toEqual({});
    await sink.close();
    expect(await offsets(`${path}.away`)).toEqual([10, 11]);
    expect(await offsets(path)).toEqual([12]);
    expect((await readdir(dir)).sort()).toEqual(['other.ndjson', 'other.ndjson.away']);
  });

  it('makes messages wait where it cannot rotate, and loses none', async () => {
    const dir = await temporaryFolder();
    const path = join(dir, 'other.ndjson');
    const sink = createSink({ path, maxBytes: 2 * LINE_BYTES, keep: 1 });
    await mkdir(`${path}.1`);
    const result = await sink.write(messagesFrom(10, 3), open);
    expect(result.retry).toMatchObject({ from: 2 });
    await rename(`${path}.1`, join(dir, 'elsewhere'));
    expect(await sink.write(messagesFrom(12, 1), open)).toEqual({});
    expect(await offsets(`${path}.1`)).toEqual([10, 11]);
    expect(await offsets(path)).toEqual([12]);
    await sink.close();
  });
});

describe('a file sink in trouble', () => {
  it('cuts back what a full disk took in part, and asks for exactly the rest again', async () => {
    const dir = await temporaryFolder();
    const path = join(dir, 'other.ndjson');
    const disk = smallDisk(4 * LINE_BYTES + 9);
    const sink = createSink({ path, maxBytes: 3 * LINE_BYTES }, disk);
    const batch = messagesFrom(10, 6);
    expect(await sink.write(batch, open)).toEqual({ retry: { from: 3, reason: `no space is left for ${path}` } });
    expect(await readFile(path, 'utf8')).toBe('');
    disk.grow(10 * LINE_BYTES);
    expect(await sink.write(batch.slice(3), open)).toEqual({});
    expect(await allOffsets(dir)).toEqual([10, 11, 12, 13, 14, 15]);
    await sink.close();
  });

  it('cuts off the line that a crash broke', async () => {
    const path = join(await temporaryFolder(), 'other.ndjson');
    const [whole, broken] = messagesFrom(10, 2).map(ndjsonLine);
    for (const length of [1, 9, 100, LINE_BYTES - 1]) {
      await writeFile(path, whole! + broken!.slice(0, length));
      const sink = createSink({ path });
      await sink.write(messagesFrom(11, 1), open);
      expect(await offsets(path)).toEqual([10, 11]);
      await sink.close();
    }
  });

  it('cuts off the zeros that a power cut left, and a broken line longer than what is read at once', async () => {
    const path = join(await temporaryFolder(), 'other.ndjson');
    const whole = ndjsonLine(aMessage({ offset: 10 }));
    for (const torn of ['\0'.repeat(5_000), ndjsonLine(aMessage({ payload: 'x'.repeat(200_000) })).slice(0, -1)]) {
      await writeFile(path, whole + torn);
      const sink = createSink({ path });
      await sink.write(messagesFrom(11, 1), open);
      expect(await offsets(path)).toEqual([10, 11]);
      await sink.close();
    }
  });

  it("ends a last line of somebody else's instead of cutting it off", async () => {
    const path = join(await temporaryFolder(), 'notes.txt');
    await writeFile(path, 'milk\nbread');
    const sink = createSink({ path });
    await sink.write(messagesFrom(10, 1), open);
    await sink.close();
    expect(await readFile(path, 'utf8')).toBe(`milk\nbread\n${ndjsonLine(aMessage({ offset: 10 }))}`);
  });

  it('touches nothing before its first write, as the sink that it replaces may be writing', async () => {
    const path = join(await temporaryFolder(), 'other.ndjson');
    const half = ndjsonLine(aMessage()).slice(0, 20);
    await writeFile(path, half);
    const sink = createSink({ path });
    await sink.flush?.();
    await sink.close();
    expect(await readFile(path, 'utf8')).toBe(half);
  });

  it('makes a new file when the old one was moved away, and goes on in one that was emptied', async () => {
    const path = join(await temporaryFolder(), 'other.ndjson');
    const sink = createSink({ path });
    await sink.write(messagesFrom(10, 1), open);
    await rename(path, `${path}.old`);
    await sink.write(messagesFrom(11, 1), open);
    expect(await offsets(`${path}.old`)).toEqual([10]);
    expect(await offsets(path)).toEqual([11]);
    await copyFile(path, `${path}.copy`);
    await truncate(path);
    await sink.write(messagesFrom(12, 1), open);
    expect(await offsets(path)).toEqual([12]);
    await sink.close();
  });

  it('stops when its signal is aborted although the disk is silent, and keeps the order afterwards', async () => {
    const path = join(await temporaryFolder(), 'other.ndjson');
    const stuck = createSink({ path }, filesUntil(1)); // opens, and never ends a write
    const stop = new AbortController();
    const written = stuck.write(messagesFrom(10, 1), stop.signal);
    setTimeout(() => stop.abort(), 20);
    await expect(written).rejects.toThrow('it took too long');
    const again = stuck.write(messagesFrom(10, 1), AbortSignal.timeout(20));
    await expect(again).rejects.toThrow('it took too long');
  });

  it('survives a kill before any of its changes: nothing taken is lost, and no half line stays', async () => {
    const messages = messagesFrom(10, 12);
    const settings = { maxBytes: 2 * LINE_BYTES + 5, keep: 20 };
    let kills = 0;
    for (let last = 0; ; last++) {
      const dir = await temporaryFolder();
      const path = join(dir, 'other.ndjson');
      const files = filesUntil(last);
      const killed = createSink({ path, ...settings }, files);
      let taken = 0;
      const writing = (async () => {
        for (const message of messages) {
          await killed.write([message], new AbortController().signal);
          taken++;
        }
        await killed.close();
      })();
      const end = await Promise.race([writing, files.killed]);
      const next = createSink({ path, ...settings });
      // What was not settled comes again.
      await next.write(messages.slice(taken), open);
      await next.close();
      const found = await allOffsets(dir);
      expect(found.filter((offset, i) => found.indexOf(offset) === i)).toEqual(messages.map(({ offset }) => offset));
      if (end !== 'killed') break;
      kills++;
    }
    expect(kills).toBeGreaterThan(30);
  });
});
