import { describe, expect, it } from 'vitest';
import { splitDatagram } from '../../src/browser/split-datagram.ts';

describe('splitDatagram', () => {
  it('gives each half the numbers that its lines had', () => {
    const header = '{"metlog":1,"logger":"a \\"seq\\":7","sender":"s","seq":10,"sent":"2026-11-22T10:44:00.200Z"}';
    const halves = splitDatagram(`${header}\n{"a":1}\n{"b":2}\n{"c":3}\n`);
    expect(halves).toEqual([
      { text: `${header}\n{"a":1}\n`, count: 1 },
      { text: `${header.replace('"seq":10', '"seq":11')}\n{"b":2}\n{"c":3}\n`, count: 2 },
    ]);
  });

  it('leaves a lone message alone', () => {
    expect(splitDatagram('{"metlog":1,"seq":0}\n{"a":1}\n')).toBeNull();
  });
});
