import { describe, expect, it } from 'vitest';
import { partsOf } from '../../src/browser/parcel.ts';
import type { SendResult } from '../../src/core/transport.ts';

const TEXT = '{"metlog":1,"seq":0,"sent":"2026-11-22T10:44:00.200Z"}\n{"a":1}\n{"b":2}\n{"c":3}\n';
const closed: SendResult = { status: 'refused', reason: 'closed', cause: 'the client was closed' };
const refused: SendResult = { status: 'refused', reason: 'refused', cause: 'https://relay.example answered 403' };

describe('partsOf', () => {
  it.each<[string, readonly [SendResult, SendResult], SendResult]>([
    ['sent', [{ status: 'sent', refusedCount: 1 }, { status: 'sent' }], { status: 'sent', refusedCount: 1 }],
    ['lost alike', [closed, closed], closed],
    ['lost for two reasons', [closed, refused], { status: 'sent', refusedCount: 3 }],
    ['sent in part, the first', [{ status: 'sent' }, closed], { status: 'sent', refusedCount: 2 }],
    ['sent in part, the last', [refused, { status: 'sent' }], { status: 'sent', refusedCount: 1 }],
  ])('settles once, as what its parts come to: %s', (_, results, expected) => {
    const settled: SendResult[] = [];
    const whole = { count: 3, isOwn: true, attempts: 0, encode: () => TEXT };
    const parts = partsOf({ ...whole, settle: (result) => settled.push(result) }, TEXT) ?? [];
    expect(parts.map(({ count }) => count)).toEqual([1, 2]);
    parts.forEach((part, index) => part.settle(results[index] ?? closed));
    expect(settled).toEqual([expected]);
  });
});
