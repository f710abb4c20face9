import { describe, expect, it } from 'vitest';
import { linesWithin, splitDatagram } from '../../src/browser/split-datagram.ts';

describe('splitDatagram', () => {
  it('gives each half the numbers that its lines had', () => {
    const header = '{"metlog":1,"logger":"a \\"seq\\":7","sender":"s","seq":10,"sent":"2026-11-22T10:44:00.200Z"}';
    const halves = splitDatagram(`${header}\n{"a":1}\n{"b":2}\n{"c":3}\n`);
    expect(halves).toEqual([
      { text: `${header}\n{"a":1}\n`, count: 1 },
      { text: `${header.replace('"seq":10', '"seq":11')}\n{"b":2}\n{"c":3}\n`, count: 2 },
    ]);
  });

  it('takes as many lines as there is room for', () => {
    const text = '{"metlog":1,"seq":0}\n{"a":1}\n{"b":2}\n{"c":3}\n';
    const within = (maxBytes: number): number => linesWithin(text, maxBytes, (line) => line.length);
    expect([20, 21, 28, 29, 36, 37, 44].map(within)).toEqual([-1, 0, 0, 1, 1, 2, 2]);
    for (const count of [-1, 0, 3, within(1_000)]) expect(splitDatagram(text, count)).toBeNull();
    expect(splitDatagram(text, 2)?.map(({ count }) => count)).toEqual([2, 1]);
  });

  it('leaves a lone message alone', () => {
    expect(splitDatagram('{"metlog":1,"seq":0}\n{"a":1}\n')).toBeNull();
  });
});
