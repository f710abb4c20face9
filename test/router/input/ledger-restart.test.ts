import { createSocket } from 'node:dgram';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeReport } from '../../../src/core/report.ts';
import type { Acceptance } from '../../../src/router/input/acceptance.ts';
import { createReceiver, type Receiver } from '../../../src/router/input/receiver.ts';
import { nodeFiles } from '../../../src/router/journal/files.ts';
import { endOf, type Segment } from '../../../src/router/journal/segment.ts';
import { GROUP_MS } from '../../../src/router/journal/writer.ts';
import { SEGMENT_DEFAULTS } from '../../../src/router/journal/writer-options.ts';
import { createManualPlatform } from '../../../src/testing/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { datagram, headerLine, messageLine } from '../support/lines.ts';

const SAVE_EVERY_MS = 10_000;

interface Running {
  readonly receiver: Receiver;
  readonly troubles: readonly string[];
  /** What lies before it in the journal is not needed. */
  ledgerOffset(): number;
  accept(text: string): Promise<Acceptance>;
  /** Moves the clock, and lets files be written meanwhile. */
  pass(ms: number): Promise<void>;
  /** Has the ledger saved. */
  save(): Promise<void>;
  /** The folder as a crash at this moment would leave it, with as little of the journal as its keeper has to keep. */
  crash(): Promise<string>;
}

async function start(dir: string, maxSenders = 1_000): Promise<Running> {
  const clock = createManualPlatform();
  const segments: Segment[] = [];
  const troubles: string[] = [];
  let ledgerOffset = 0;
  let saves = 0;
  const receiver = await createReceiver(
    {
      udp: { host: '127.0.0.1', port: 0, recvBufferBytes: 65_536 },
      journalDir: join(dir, 'journal'),
      ledgerPath: join(dir, 'senders.ledger'),
      minOffset: 0,
      maxSenders,
      ...SEGMENT_DEFAULTS,
    },
    {
      clock,
      files: nodeFiles,
      onClosed: (segment) => segments.push(segment),
      onTrouble: (text) => troubles.push(text),
      onLedgerSaved(offset) {
        ledgerOffset = offset;
        saves++;
      },
    },
  );
  ledgerOffset = Math.max(ledgerOffset, receiver.ledgerOffset);
  for (const segment of receiver.recovered.segments) segments.push(segment);
  const close = async (): Promise<void> => {
    const closed = receiver.close();
    clock.advance(GROUP_MS);
    await closed;
  };
  onTestFinished(close);
  const running: Running = {
    receiver,
    troubles,
    ledgerOffset: () => ledgerOffset,
    async accept(text) {
      const accepted = receiver.accept(Buffer.from(text), 'http');
      clock.advance(GROUP_MS);
      return accepted;
    },
    async pass(ms) {
      for (let left = ms; left > 0; left -= 1_000) {
        clock.advance(Math.min(left, 1_000));
        await stat(dir); // a turn of the disk
      }
    },
    async save() {
      const before = saves;
      await running.pass(SAVE_EVERY_MS);
      await expect
        .poll(async () => {
          await running.pass(1_000);
          return saves;
        })
        .toBeGreaterThan(before);
    },
    async crash() {
      const copy = await temporaryFolder();
      const needed = ledgerOffset;
      await mkdir(join(copy, 'journal'));
      for (const name of await readdir(dir)) {
        if (name !== 'journal') await cp(join(dir, name), join(copy, name)).catch(ignoreGone);
      }
      for (const name of await readdir(join(dir, 'journal'))) {
        await cp(join(dir, 'journal', name), join(copy, 'journal', name));
      }
      for (const segment of segments) {
        if (endOf(segment) <= needed) await rm(segment.path.replace(dir, copy), { force: true });
      }
      return copy;
    },
  };
  return running;
}

/** A file that was renamed while the folder was read: the crash came before or after. */
function ignoreGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

async function sendUdp({ receiver }: Running, text: string): Promise<void> {
  const { datagrams } = receiver.stats().input;
  const socket = createSocket('udp4');
  socket.send(text, receiver.address.port, receiver.address.host);
  await expect.poll(() => receiver.stats().input.datagrams).toBe(datagrams + 1);
  socket.close();
}

const reportOf = (sender: string, seq: number): string =>
  [
    headerLine({ sender, seq }),
    encodeReport({ accepted: 0, sent: 0, queued: 0, merged: 0, dropped: { invalid: 1 }, ageMs: 0, final: true }, 0),
    '',
  ].join('\n');

const takenOf = (acceptance: Acceptance): number => ('accepted' in acceptance ? acceptance.accepted : -1);

describe('the path’s book', () => {
  it('goes on after a clean end', async () => {
    const dir = await temporaryFolder();
    const first = await start(dir);
    await first.accept(datagram('a', 0, 3));
    await first.accept(datagram('a', 5, 2));
    await first.accept(datagram('b', 1, 1));
    await first.accept(reportOf('b', 2));
    await first.receiver.close();
    const before = first.receiver.ledger();
    await rm(join(dir, 'journal'), { recursive: true }); // archived, all of it
    const second = await start(dir);
    expect(second.receiver.ledger()).toEqual(before);
    expect(second.receiver.firstOffset).toBe(7);
    expect(await second.accept(datagram('a', 0, 8))).toMatchObject({ accepted: 3, duplicates: 5 });
    await second.accept(reportOf('b', 2));
    expect(second.receiver.ledger()).toMatchObject({
      senders: { open: 1, closed: 1 },
      total: { numbered: 11, received: 10, missing: 1, dropped: { invalid: 1 } },
    });
  });

  it('goes on after a crash before it was saved for the first time', async () => {
    const first = await start(await temporaryFolder());
    await first.accept(datagram('a', 2, 3));
    await first.accept(reportOf('a', 6));
    const second = await start(await first.crash());
    expect(second.receiver.ledger()).toEqual(first.receiver.ledger());
  });

  it('goes on after a crash with what was saved and what came later', async () => {
    const first = await start(await temporaryFolder());
    await first.accept(datagram('a', 0, 3));
    await first.save();
    expect(first.ledgerOffset()).toBe(3);
    await first.accept(datagram('a', 5, 2));
    await first.accept(datagram('b', 0, 2));
    await first.accept(reportOf('a', 7));
    const second = await start(await first.crash());
    expect(second.receiver.ledger()).toEqual(first.receiver.ledger());
    expect(second.receiver.ledger().total).toMatchObject({ closed: 1, numbered: 10, received: 8, missing: 2 });
    expect(await second.accept(datagram('b', 0, 2))).toMatchObject({ accepted: 0, duplicates: 2 });
  });

  it('knows of lines that were refused among others, and of what came twice', async () => {
    const first = await start(await temporaryFolder());
    const lines = [messageLine('n0'), 'nonsense', messageLine('n2'), '{}'];
    await first.accept([headerLine({ sender: 'a', seq: 0 }), ...lines].join('\n'));
    await first.accept(datagram('a', 2, 5));
    const second = await start(await first.crash());
    expect(second.receiver.ledger()).toEqual(first.receiver.ledger());
    expect(second.receiver.ledger().total).toMatchObject({ numbered: 7, received: 7, missing: 0, duplicates: 2 });
    expect(await second.accept(datagram('a', 0, 7))).toMatchObject({ accepted: 0, duplicates: 7 });
  });

  it('counts each message once where some of them waited to be joined while it was saved', async () => {
    const dir = await temporaryFolder();
    const first = await start(dir);
    await first.pass(SAVE_EVERY_MS - 0.5);
    await sendUdp(first, datagram('a', 0, 2)); // waits for others of its sender
    await first.pass(0.5);
    for (let turn = 0; turn < 50; turn++) await stat(dir); // the copies are made meanwhile
    const accepted = first.receiver.accept(Buffer.from(datagram('b', 0, 3)), 'http');
    await expect
      .poll(async () => {
        await first.pass(1_000);
        return readdir(dir);
      })
      .toContain('senders.ledger');
    expect(await accepted).toMatchObject({ accepted: 3 });
    const second = await start(await first.crash());
    expect(second.receiver.ledger()).toEqual(first.receiver.ledger());
    expect(await second.accept(datagram('b', 0, 3))).toMatchObject({ duplicates: 3 });
  });

  it('takes again what a crash kept out of the journal of a long body', async () => {
    const first = await start(await temporaryFolder());
    const long = (name: string): string => messageLine(name, { payload: name.repeat(70_000) });
    const body = [headerLine({ sender: 'a', seq: 0 }), long('x'), 'nonsense', long('y'), long('z'), '{}'].join('\n');
    expect(await first.accept(body)).toMatchObject({ accepted: 3 });
    const dir = await first.crash();
    const [name = ''] = await readdir(join(dir, 'journal'));
    const path = join(dir, 'journal', name);
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, bytes.indexOf('"payload":"zzz')));
    const second = await start(dir);
    expect(second.receiver.ledger().total).toMatchObject({ numbered: 3, received: 3, duplicates: 0 });
    expect(await second.accept(body)).toMatchObject({ accepted: 1, duplicates: 3 });
  });

  it('begins anew, and says so, where what was saved is damaged', async () => {
    const dir = await temporaryFolder();
    const first = await start(dir);
    await first.accept(datagram('a', 3, 2));
    await first.receiver.close();
    const path = join(dir, 'senders.ledger');
    const bytes = await readFile(path);
    for (const damage of [bytes.subarray(0, 40), Buffer.from(bytes).fill('x', 50, 51), Buffer.from('metlog')]) {
      await writeFile(path, damage);
      const next = await start(dir);
      expect(next.troubles).toHaveLength(1);
      expect(next.troubles[0]).toMatch(/senders\.ledger\.bad.*begins anew/);
      expect(await readFile(`${path}.bad`)).toEqual(damage);
      // Nobody knows what came before the journal.
      expect(next.receiver.ledger().total).toMatchObject({ received: 2, missing: 0, uncounted: 3 });
      await next.receiver.close();
    }
  });

  it('is saved in the place of the one before, all of it or nothing', async () => {
    const dir = await temporaryFolder();
    const first = await start(dir);
    await first.accept(datagram('a', 0, 1));
    await first.save();
    const saved = await readFile(join(dir, 'senders.ledger'));
    await first.accept(datagram('a', 1, 1));
    await first.pass(SAVE_EVERY_MS / 2);
    expect(await readFile(join(dir, 'senders.ledger'))).toEqual(saved);
    await first.receiver.close();
    expect((await readdir(dir)).sort()).toEqual(['journal', 'senders.ledger']);
  });

  it('keeps a hundred thousand senders over a restart', async () => {
    const dir = await temporaryFolder();
    const first = await start(dir, 200_000);
    for (let i = 0; i < 100; i++) {
      for (let k = 1; k < 1_000; k++) {
        void first.receiver.accept(Buffer.from(datagram(`sender-${i}-${k}`, k % 3, 1)), 'http');
      }
      await first.accept(datagram(`sender-${i}-0`, 0, 1)); // it is journaled behind the others
    }
    await first.save();
    await first.receiver.close();
    await rm(join(dir, 'journal'), { recursive: true });
    const second = await start(dir, 200_000);
    expect(second.receiver.ledger().total).toEqual(first.receiver.ledger().total);
    expect(second.receiver.stats().senders).toMatchObject({ open: 100_000 });
    expect(await second.accept(datagram('sender-99-1', 1, 1))).toMatchObject({ duplicates: 1 });
    expect(await second.accept(datagram('sender-99-1', 0, 1))).toMatchObject({ accepted: 1 });
  });

  const act = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('datagram' as const),
        sender: fc.nat(3),
        count: fc.integer({ min: 1, max: 6 }),
        isLost: fc.boolean(),
        isRepeated: fc.boolean(),
        isPartlyBad: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 14_000 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('crash' as const, 'restart' as const) }) },
  );

  it('balances after final reports, whatever is lost, doubled and refused, and whenever the process dies', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 30 }), async (acts) => {
        let dir = await temporaryFolder();
        let running = await start(dir);
        const next = [0, 0, 0, 0];
        const heard = new Set<number>();
        let received = 0;
        for (const each of acts) {
          if (each.kind === 'pass') await running.pass(each.ms);
          else if (each.kind === 'datagram') {
            const seq = next[each.sender]!;
            const text = datagram(`sender-${each.sender}`, seq, each.count) + (each.isPartlyBad ? 'nonsense\n' : '');
            const numbers = each.count + (each.isPartlyBad ? 1 : 0);
            next[each.sender] = seq + numbers;
            if (each.isLost) continue;
            heard.add(each.sender);
            received += numbers;
            expect(takenOf(await running.accept(text))).toBe(each.count);
            if (each.isRepeated) expect(takenOf(await running.accept(text))).toBe(0);
          } else {
            if (each.kind === 'restart') await running.receiver.close();
            else dir = await running.crash();
            const before = running;
            running = await start(dir);
            await before.receiver.close();
          }
        }
        for (const sender of heard) await running.accept(reportOf(`sender-${sender}`, next[sender]!++));
        const numbered = [...heard].reduce((sum, sender) => sum + next[sender]!, 0);
        const { senders, total } = running.receiver.ledger();
        expect(senders).toMatchObject({ open: 0, closed: heard.size, silent: 0 });
        expect(total).toMatchObject({
          began: heard.size,
          closed: heard.size,
          silent: 0,
          numbered,
          received: received + heard.size,
          missing: numbered - received - heard.size,
          uncounted: 0,
        });
        await running.receiver.close();
      }),
      { numRuns: Number(process.env['METLOG_RUNS'] ?? 25) },
    );
  }, 120_000);
});
