import { appendFile, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DeadLetter } from '../../../src/router/delivery/dead-letter.ts';
import {
  openDeadLetters,
  type DeadLetters,
  type DeadLettersOptions,
} from '../../../src/router/delivery/dead-letters.ts';
import type { OpenAppend } from '../../../src/router/delivery/letter-file.ts';
import { createManualPlatform, type ManualPlatform } from '../../../src/testing/manual-clock.ts';
import { temporaryFolder } from '../support/folder.ts';
import { aReceived } from './support/messages.ts';

const letter = (offset: number, reason = 'refused'): DeadLetter => ({
  at: '2026-11-22T12:00:01.000Z',
  reason,
  message: aReceived(offset),
});

const letters = (from: number, to: number): DeadLetter[] =>
  Array.from({ length: to - from }, (_, i) => letter(from + i));

interface Opened {
  readonly dead: DeadLetters;
  readonly clock: ManualPlatform;
  readonly told: string[];
}

async function open(dir: string, options: Partial<DeadLettersOptions> = {}, openAppend?: OpenAppend): Promise<Opened> {
  const told: string[] = [];
  const clock = createManualPlatform();
  const dead = await openDeadLetters(
    { dir, name: 'statsd', ...options },
    { clock, onTrouble: (text) => told.push(text), ...(openAppend && { openAppend }) },
  );
  onTestFinished(() => dead.close());
  return { dead, clock, told };
}

const read = (dir: string, name = 'statsd.ndjson'): Promise<string> => readFile(join(dir, name), 'utf8');

async function offsetsIn(dir: string, name?: string): Promise<number[]> {
  const lines = (await read(dir, name)).trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as DeadLetter).message.offset);
}

/** A disk on which so many bytes fit. */
function smallDisk(roomBytes: number): { openAppend: OpenAppend; roomBytes: number; syncs: number } {
  const disk = { openAppend, roomBytes, syncs: 0 };
  async function openAppend(path: string): ReturnType<OpenAppend> {
    await appendFile(path, '');
    return {
      async append(bytes) {
        const fitting = bytes.subarray(0, disk.roomBytes);
        await appendFile(path, fitting);
        disk.roomBytes -= fitting.length;
        if (fitting.length < bytes.length) throw new Error('ENOSPC: no space left on device');
      },
      async truncate(lengthBytes) {
        await writeFile(path, (await readFile(path)).subarray(0, lengthBytes));
      },
      async sync() {
        disk.syncs++;
      },
      close: () => Promise.resolve(),
    };
  }
  return disk;
}

describe('dead letters', () => {
  it('are one JSON line each, with time, reason and message', async () => {
    const dir = join(await temporaryFolder(), 'dead-letter');
    const { dead } = await open(dir);
    await dead.add([letter(7, 'no such\nseries'), letter(8)]);
    const [first = '', second = '', rest] = (await read(dir)).split('\n');
    expect(JSON.parse(first)).toEqual(JSON.parse(JSON.stringify(letter(7, 'no such\nseries'))));
    expect(JSON.parse(second)).toMatchObject({ at: '2026-11-22T12:00:01.000Z', reason: 'refused' });
    expect(rest).toBe('');
    expect(dead.count).toBe(2);
  });

  it('leave no file where there are none', async () => {
    const dir = await temporaryFolder();
    const { dead } = await open(dir);
    await dead.close();
    expect(await readdir(dir)).toEqual([]);
  });

  it('of earlier runs are counted when they are opened', async () => {
    const dir = await temporaryFolder();
    const first = await open(dir);
    await first.dead.add(letters(0, 3));
    await first.dead.close();
    const second = await open(dir);
    expect(second.dead.count).toBe(3);
    await second.dead.add(letters(3, 4));
    expect(await offsetsIn(dir)).toEqual([0, 1, 2, 3]);
  });

  it.each([
    ['half a line', '{"at":"2026'],
    ['a line of zeros, as a power cut leaves it', '\u0000\u0000\u0000\n'],
    ['zeros without an end', '\u0000'.repeat(5_000)],
  ])('lose %s at their end when they are opened', async (_, torn) => {
    const dir = await temporaryFolder();
    const first = await open(dir);
    await first.dead.add(letters(0, 2));
    await first.dead.close();
    await appendFile(join(dir, 'statsd.ndjson'), torn);
    const second = await open(dir);
    expect(second.dead.count).toBe(2);
    await second.dead.add(letters(2, 3));
    expect(await offsetsIn(dir)).toEqual([0, 1, 2]);
  });

  it('are not in when they could not be written whole, and the file is whole again with the next', async () => {
    const dir = await temporaryFolder();
    const disk = smallDisk(400);
    const { dead } = await open(dir, {}, disk.openAppend);
    await dead.add(letters(0, 1));
    await expect(dead.add(letters(1, 5))).rejects.toThrow('ENOSPC');
    expect(dead.count).toBe(1);
    disk.roomBytes = 1e6;
    await dead.add(letters(5, 6));
    expect(await offsetsIn(dir)).toEqual([0, 5]);
    expect(dead.count).toBe(2);
  });

  it('are on disk before they count', async () => {
    const disk = smallDisk(1e6);
    const { dead } = await open(await temporaryFolder(), {}, disk.openAppend);
    await dead.add(letters(0, 2));
    await dead.add(letters(2, 3));
    expect(disk.syncs).toBe(2);
  });

  it('drop the oldest when they are too many, and count them as expired', async () => {
    const dir = await temporaryFolder();
    const lineBytes = Buffer.byteLength(`${JSON.stringify(letter(10))}\n`);
    const { dead, told } = await open(dir, { maxBytes: lineBytes * 20 });
    for (let offset = 10; offset < 40; offset++) {
      await dead.add([letter(offset)]);
      expect((await stat(join(dir, 'statsd.ndjson'))).size).toBeLessThanOrEqual(lineBytes * 20);
      expect(dead.count + dead.expired).toBe(offset - 9);
    }
    const kept = await offsetsIn(dir);
    expect(kept).toHaveLength(dead.count);
    expect(kept.at(-1)).toBe(39);
    expect(kept).toEqual(kept.map((_, i) => 40 - kept.length + i));
    expect(told).toContain(`statsd: the dead letters were more than ${lineBytes * 20} bytes; the oldest 6 are dropped`);
    expect(await readdir(dir)).toEqual(['statsd.ndjson']);
  });

  it('stay where the oldest cannot be dropped, leave no copy on the full disk, and wait a minute to try again', async () => {
    const dir = await temporaryFolder();
    const lineBytes = Buffer.byteLength(`${JSON.stringify(letter(10))}\n`);
    const disk = smallDisk(lineBytes * 13);
    const { dead, clock, told } = await open(dir, { maxBytes: lineBytes * 10 }, disk.openAppend);
    await dead.add(letters(10, 21));
    expect(dead.count).toBe(11);
    expect(await readdir(dir)).toEqual(['statsd.ndjson']);
    const failed = 'statsd: the oldest dead letters cannot be dropped: ENOSPC: no space left on device';
    expect(told).toEqual([failed]);
    disk.roomBytes = 1e6;
    clock.advance(59_999);
    await dead.add(letters(21, 22));
    expect({ count: dead.count, told }).toEqual({ count: 12, told: [failed] });
    clock.advance(1);
    await dead.add(letters(22, 23));
    expect(dead.count + dead.expired).toBe(13);
    expect(await offsetsIn(dir)).toEqual([16, 17, 18, 19, 20, 21, 22]);
    expect(await readdir(dir)).toEqual(['statsd.ndjson']);
  });

  it('drop one that is larger than all that is allowed', async () => {
    const dir = await temporaryFolder();
    const { dead } = await open(dir, { maxBytes: 100 });
    await dead.add([letter(0)]);
    expect({ count: dead.count, expired: dead.expired }).toEqual({ count: 0, expired: 1 });
    await dead.add([letter(1)]);
    expect({ count: dead.count, expired: dead.expired }).toEqual({ count: 0, expired: 2 });
  });
});

describe('dead letters whose file somebody lays hands on', () => {
  it.each<[string, (path: string) => Promise<void>]>([
    ['removed', (path) => rm(path)],
    ['removed with its folder', (path) => rm(dirname(path), { recursive: true })],
    ['moved', (path) => rename(path, `${path}.1`)],
    ['emptied', (path) => truncate(path)],
    [
      'moved, with a new one in its place',
      async (path) => {
        await rename(path, `${path}.1`);
        await writeFile(path, '');
      },
    ],
  ])('are counted as expired, and the next ones kept, after it was %s', async (_, meddle) => {
    const dir = join(await temporaryFolder(), 'dead-letter');
    const { dead, told } = await open(dir);
    await dead.add(letters(0, 3));
    await meddle(join(dir, 'statsd.ndjson'));
    await dead.add(letters(3, 5));
    expect({ count: dead.count, expired: dead.expired, found: dead.found }).toEqual({ count: 2, expired: 3, found: 0 });
    expect(await offsetsIn(dir)).toEqual([3, 4]);
    await dead.add(letters(5, 6));
    expect(await offsetsIn(dir)).toEqual([3, 4, 5]);
    expect(told).toEqual([
      `statsd: 3 dead letters are gone, as somebody has removed, moved or changed ${join(dir, 'statsd.ndjson')}`,
    ]);
  });

  it('are none to be replayed after it was removed', async () => {
    const dir = await temporaryFolder();
    const { dead } = await open(dir);
    await dead.add(letters(0, 3));
    await rm(join(dir, 'statsd.ndjson'));
    expect(await dead.takeAside()).toBeUndefined();
    expect({ count: dead.count, expired: dead.expired }).toEqual({ count: 0, expired: 3 });
  });

  it('are found when it is put back, or one of them taken out', async () => {
    const dir = await temporaryFolder();
    const path = join(dir, 'statsd.ndjson');
    const { dead, told } = await open(dir);
    await writeFile(path, letters(0, 3).map((one) => `${JSON.stringify(one)}\n`).join('')); // prettier-ignore
    await dead.add(letters(3, 4));
    expect({ count: dead.count, found: dead.found }).toEqual({ count: 4, found: 3 });
    expect(told).toEqual([`statsd: somebody has put 3 dead letters into ${path}`]);
    await writeFile(`${path}.edited`, (await read(dir)).split('\n').slice(1).join('\n'));
    await rename(`${path}.edited`, path);
    expect((await dead.takeAside())?.count).toBe(3);
    expect({ count: dead.count, expired: dead.expired, found: dead.found }).toEqual({ count: 3, expired: 1, found: 3 });
  });
});

describe('dead letters put aside', () => {
  it('come back message for message, and the file goes when all are settled', async () => {
    const dir = await temporaryFolder();
    const { dead } = await open(dir);
    const given = { ...letter(5), message: { ...aReceived(5), payload: 'line\u2028separator', seq: undefined } };
    await dead.add([...letters(0, 5), given]);
    const aside = await dead.takeAside();
    await dead.add(letters(6, 7));
    expect(await readdir(dir)).toEqual(['statsd.ndjson', 'statsd.ndjson.replaying']);
    const first = (await aside?.peek(4)) ?? [];
    expect(first).toEqual(letters(0, 4));
    aside?.settle(new Set(first.slice(0, 3)));
    expect(dead.count).toBe(4);
    const rest = (await aside?.peek(100)) ?? [];
    expect(rest).toEqual([letter(3), letter(4), given]);
    aside?.settle(new Set(rest));
    await aside?.remove();
    expect(await readdir(dir)).toEqual(['statsd.ndjson']);
    expect(dead.count).toBe(1);
  });

  it('are not those of a sink whose name says so', async () => {
    const dir = await temporaryFolder();
    const { dead } = await open(dir);
    const { dead: namesake } = await open(dir, { name: 'statsd.replaying' });
    await namesake.add(letters(0, 2));
    await dead.add([letter(2)]);
    await dead.takeAside();
    expect([dead.count, namesake.count]).toEqual([1, 2]);
    const { dead: again } = await open(dir, { name: 'statsd.replaying' });
    expect(again.count).toBe(2);
  });

  it('are put back when the run ended before they were settled', async () => {
    const dir = await temporaryFolder();
    const first = await open(dir);
    await first.dead.add(letters(0, 3));
    await first.dead.takeAside();
    await first.dead.add(letters(3, 5));
    await first.dead.close();
    const second = await open(dir);
    expect(second.dead.count).toBe(5);
    expect((await offsetsIn(dir)).sort()).toEqual([0, 1, 2, 3, 4]);
    expect(await readdir(dir)).toEqual(['statsd.ndjson']);
  });

  it('are put back also where nothing came meanwhile, with their torn end cut off', async () => {
    const dir = await temporaryFolder();
    const lines = letters(0, 2).map((one) => `${JSON.stringify(one)}\n`);
    await writeFile(join(dir, 'statsd.ndjson.replaying'), `${lines.join('')}{"at`);
    const { dead } = await open(dir);
    expect(dead.count).toBe(2);
    expect(await offsetsIn(dir)).toEqual([0, 1]);
    expect(await readdir(dir)).toEqual(['statsd.ndjson']);
  });

  it('count as expired where a line is no letter', async () => {
    const dir = await temporaryFolder();
    const line = `${JSON.stringify(letter(1))}\n`;
    await writeFile(join(dir, 'statsd.ndjson'), `not json\n{"at":"x","reason":"y"}\n${line}`);
    const { dead, told } = await open(dir);
    expect(dead.count).toBe(3);
    const aside = await dead.takeAside();
    expect(await aside?.peek(10)).toEqual([letter(1)]);
    expect({ count: dead.count, expired: dead.expired }).toEqual({ count: 1, expired: 2 });
    expect(told).toContain('statsd: a line of the dead letters is none, and is skipped');
  });

  it('are none where there are none', async () => {
    const { dead } = await open(await temporaryFolder());
    expect(await dead.takeAside()).toBeUndefined();
  });

  it('cannot be had where the folder cannot be', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, 'file'), '');
    await expect(open(join(dir, 'file', 'dead-letter'))).rejects.toThrow();
  });
});
