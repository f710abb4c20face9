import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { progressBar } from '../../src/cli/progress-bar.ts';
import { startProgressLine } from '../../src/cli/progress-line.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const CLEAR = '\r\x1b[2K';

interface Screen {
  readonly stderr: PassThrough & { readonly isTTY: boolean; readonly columns: number };
  /** What was written since it was last asked. */
  written(): string;
}

function screen(isTTY = true, columns = 80): Screen {
  const stderr = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY, columns });
  return { stderr, written: () => String(stderr.read() ?? '') };
}

it('says nothing for a second, then how long it has taken and how much is done, and erases itself', () => {
  const { stderr, written } = screen();
  const progress = startProgressLine('metlog query', stderr, new AbortController().signal);
  vi.advanceTimersByTime(800);
  expect(written()).toBe('');
  vi.advanceTimersByTime(200);
  expect(written()).toBe(`${CLEAR}metlog query: 1 s`);
  progress.done(0.429);
  vi.advanceTimersByTime(1_000);
  expect(written()).toBe(`${CLEAR}metlog query: 1 s, 42 %${CLEAR}metlog query: 2 s, 42 %`);
  progress.end();
  expect(written()).toBe(CLEAR);
  vi.advanceTimersByTime(5_000);
  expect(written()).toBe('');
});

it('takes a terminal without a size for one of the usual', () => {
  const { stderr, written } = screen(true, 0);
  startProgressLine('metlog query', stderr, new AbortController().signal);
  vi.advanceTimersByTime(1_000);
  expect(written()).toBe(`${CLEAR}metlog query: 1 s`);
});

it('writes nothing at all for what is done within a second', () => {
  const { stderr, written } = screen();
  const progress = startProgressLine('metlog query', stderr, new AbortController().signal);
  vi.advanceTimersByTime(900);
  progress.end();
  expect(written()).toBe('');
});

it('writes nothing where stderr is no terminal', () => {
  const { stderr, written } = screen(false);
  const progress = startProgressLine('metlog query', stderr, new AbortController().signal);
  vi.advanceTimersByTime(5_000);
  progress.end();
  expect(written()).toBe('');
});

it('says what another Ctrl-C would do once it was interrupted, within the width of the terminal', () => {
  const { stderr, written } = screen(true, 40);
  const given = new AbortController();
  startProgressLine('metlog query', stderr, given.signal);
  given.abort();
  vi.advanceTimersByTime(1_000);
  expect(written()).toBe(`${CLEAR}metlog query: stopping; Ctrl-C once mo…`);
});

it('says what it is told in place of the time, and makes way for another line', () => {
  const { stderr, written } = screen();
  const progress = startProgressLine('metlog import', stderr, new AbortController().signal);
  progress.says(`${progressBar(0.256)}, 3 lines`);
  vi.advanceTimersByTime(1_000);
  expect(written()).toBe(`${CLEAR}metlog import: [#####---------------] 25 %, 3 lines`);
  progress.clear();
  expect(written()).toBe(CLEAR);
  vi.advanceTimersByTime(200);
  expect(written()).toBe(`${CLEAR}metlog import: [#####---------------] 25 %, 3 lines`);
  progress.says(undefined);
  vi.advanceTimersByTime(200);
  expect(written()).toBe(`${CLEAR}metlog import: 1 s`);
});
