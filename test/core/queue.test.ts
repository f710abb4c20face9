import { describe, expect, it } from 'vitest';
import { createQueue } from '../../src/core/queue.ts';
import { SEVERITY, type Severity } from '../../src/core/severity.ts';

const NINE = 9; // ten bytes with its newline

describe('createQueue', () => {
  it('gives back lines in their order, each with its newline counted', () => {
    const queue = createQueue(1_000);
    for (const line of ['a', 'b', 'c']) expect(queue.push(line, NINE, SEVERITY.info)).toBe(0);
    expect([queue.count, queue.bytes]).toEqual([3, 30]);
    expect(queue.take(20)).toEqual(['a', 'b']);
    expect([queue.count, queue.bytes]).toEqual([1, 10]);
    expect(queue.take(1_000)).toEqual(['c']);
    expect([queue.count, queue.bytes]).toEqual([0, 0]);
    expect(queue.take(1_000)).toEqual([]);
  });

  it('gives at least one line, however little room there is', () => {
    const queue = createQueue(1_000);
    queue.push('a', 400, SEVERITY.info);
    queue.push('b', 400, SEVERITY.info);
    expect(queue.take(-5)).toEqual(['a']);
  });

  it('gives the most valuable first', () => {
    const queue = createQueue(1_000);
    const pushed: [string, Severity][] = [
      ['debug', SEVERITY.debug],
      ['info', SEVERITY.info],
      ['notice', SEVERITY.notice],
      ['warning', SEVERITY.warning],
      ['error', SEVERITY.error],
      ['emergency', SEVERITY.emergency],
    ];
    for (const [line, severity] of pushed) queue.push(line, NINE, severity);
    expect(queue.take(1_000)).toEqual(['error', 'emergency', 'notice', 'warning', 'info', 'debug']);
  });

  it('drops the oldest of the least valuable when it is full, and says how many', () => {
    const queue = createQueue(40);
    queue.push('debug 1', NINE, SEVERITY.debug);
    queue.push('debug 2', NINE, SEVERITY.debug);
    queue.push('info', NINE, SEVERITY.info);
    queue.push('error', NINE, SEVERITY.error);
    expect(queue.push('error 2', 19, SEVERITY.error)).toBe(2);
    expect(queue.take(1_000)).toEqual(['error', 'error 2', 'info']);
  });

  it('drops what comes rather than what is worth more', () => {
    const queue = createQueue(20);
    queue.push('error 1', NINE, SEVERITY.error);
    queue.push('error 2', NINE, SEVERITY.error);
    expect(queue.push('info', NINE, SEVERITY.info)).toBe(1);
    expect(queue.take(1_000)).toEqual(['error 1', 'error 2']);
  });

  it('makes room among its like: the newest of a kind stays', () => {
    const queue = createQueue(20);
    for (const line of ['a', 'b', 'c']) queue.push(line, NINE, SEVERITY.info);
    expect(queue.take(1_000)).toEqual(['b', 'c']);
  });

  it('pushes nothing out for a line that no empty queue would hold', () => {
    const queue = createQueue(20);
    queue.push('a', NINE, SEVERITY.debug);
    expect(queue.push('huge', 100, SEVERITY.error)).toBe(1);
    expect(queue.take(1_000)).toEqual(['a']);
  });

  it('keeps its order and its count over many lines taken a few at a time', () => {
    const queue = createQueue(1_000_000);
    const taken: string[] = [];
    for (let index = 0; index < 10_000; index += 1) {
      queue.push(String(index), NINE, SEVERITY.info);
      if (index % 3 === 0) taken.push(...queue.take(20));
    }
    while (queue.count > 0) taken.push(...queue.take(25));
    expect(taken).toEqual(Array.from({ length: 10_000 }, (_, index) => String(index)));
    expect(queue.bytes).toBe(0);
  });
});
