import { describe, expect, it } from 'vitest';
import type { Header } from '../../../src/core/header.ts';
import { MAX_PIECE_LENGTH, type Piece, type Stamp } from '../../../src/router/input/run-builder.ts';
import { createRunJoiner } from '../../../src/router/input/run-joiner.ts';
import { messageLine, NOON_MS } from '../support/lines.ts';

const stamp: Stamp = { receivedMs: NOON_MS, via: 'udp', key: undefined };
const header = (seq: number, more: Partial<Header> = {}): Header => ({
  metlog: 1,
  logger: 'shop',
  hostname: 'web-1',
  pid: 7,
  sender: 'a',
  seq,
  sent: '2026-11-22T11:59:59.000Z',
  ...more,
});
const named = (name: string): readonly string[] => [messageLine(name)];

function open() {
  const pieces: (Piece & { readonly seq: number | undefined; readonly receivedMs: number })[] = [];
  const tasks: (() => void)[] = [];
  const joiner = createRunJoiner(
    (piece, first, receivedMs) => pieces.push({ ...piece, seq: first.seq, receivedMs }),
    (task) => tasks.push(task),
  );
  const endTurn = (): void => {
    for (const task of tasks.splice(0)) task();
  };
  /** Runs of the journal: a header's sender and number, and the names below it. */
  const runs = (): string[] =>
    pieces.map(({ text, count }) => {
      const [first = '', ...lines] = text.slice(0, -1).split('\n');
      expect(lines).toHaveLength(count);
      const { sender, seq } = JSON.parse(first) as { sender?: string; seq?: number };
      const names = lines.map((line) => (JSON.parse(line) as { metadata: { name: string } }).metadata.name);
      return `${sender ?? ''} ${seq ?? ''}: ${names.join(' ')}`;
    });
  return { joiner, endTurn, runs, pieces, tasks };
}

describe('createRunJoiner', () => {
  it('puts what one sender says in one turn below one header, however many senders take turns', () => {
    const { joiner, endTurn, runs, pieces, tasks } = open();
    for (let seq = 0; seq < 3; seq++) {
      for (const sender of ['a', 'b']) joiner.add(header(seq, { sender }), named(`${sender}${seq}`), stamp);
    }
    expect([pieces.length, tasks.length]).toEqual([0, 1]);
    endTurn();
    expect(runs()).toEqual(['a 0: a0 a1 a2', 'b 0: b0 b1 b2']);
    expect(pieces[0]).toMatchObject({ count: 3, ranges: [0, 3], seq: 0, receivedMs: NOON_MS });
    joiner.add(header(3), named('later'), stamp);
    endTurn();
    expect(runs().at(-1)).toBe('a 3: later');
    endTurn();
    expect(pieces).toHaveLength(3);
  });

  it('counts the lines of a datagram that has several', () => {
    const { joiner, endTurn, runs } = open();
    joiner.add(header(5), [messageLine('x'), messageLine('y')], stamp);
    joiner.add(header(7), named('z'), stamp);
    endTurn();
    expect(runs()).toEqual(['a 5: x y z']);
  });

  it.each<[string, Header, Stamp]>([
    ['a number is missing', header(2), stamp],
    ['a number comes again', header(0), stamp],
    ['the logger is another', header(1, { logger: 'bank' }), stamp],
    ['the host is another', header(1, { hostname: 'web-2' }), stamp],
    ['the process is another', header(1, { pid: 8 }), stamp],
    ['a millisecond has passed', header(1), { ...stamp, receivedMs: NOON_MS + 1 }],
    ['another key signed it', header(1), { ...stamp, key: 'shop' }],
  ])('begins a new header where %s', (_, second, secondStamp) => {
    const { joiner, endTurn, runs } = open();
    joiner.add(header(0), named('first'), stamp);
    joiner.add(second, named('second'), secondStamp);
    endTurn();
    expect(runs()).toEqual(['a 0: first', `a ${second.seq}: second`]);
  });

  it('ends a run at a report, and one that is long enough', () => {
    const { joiner, endTurn, runs, pieces } = open();
    joiner.add(header(0), [messageLine('said'), messageLine('book', { type: 'metlog.report' })], stamp);
    joiner.add(header(2), named('after'), stamp);
    joiner.add(header(3), named('x'.repeat(MAX_PIECE_LENGTH)), stamp);
    joiner.add(header(4), named('last'), stamp);
    endTurn();
    expect(runs().map((run) => run.slice(0, 16))).toEqual(['a 0: said book', 'a 2: after xxxxx', 'a 4: last']);
    expect(pieces).toHaveLength(3);
  });

  it('joins nothing of senders without a name', () => {
    const { joiner, runs } = open();
    const nameless: Header = { metlog: 1, logger: 'shop' };
    joiner.add(nameless, named('x'), stamp);
    joiner.add(nameless, named('y'), stamp);
    expect(runs()).toEqual([' : x', ' : y']);
  });
});
