import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { SEVERITY, type Metlog } from '../../src/node/index.ts';
import { createTestMetlog } from '../../src/testing/index.ts';

const LEVELS = ['debug', 'info', 'notice', 'warn', 'error', 'critical', 'alert', 'emergency'] as const;
const severityOf = (level: (typeof LEVELS)[number]) => SEVERITY[level === 'warn' ? 'warning' : level];

function only(call: (metlog: Metlog) => void) {
  const { metlog, messages } = createTestMetlog({ logger: 'shop' });
  call(metlog);
  expect(messages()).toHaveLength(1);
  return messages()[0]!;
}

describe('the log calls', () => {
  it.each(LEVELS)('%s logs a text with its severity', (level) => {
    const message = only((metlog) => metlog[level]('hello', { metadata: { a: 1 } }));
    expect(message).toMatchObject({ type: 'log', payload: 'hello', severity: severityOf(level), metadata: { a: 1 } });
  });

  it.each(LEVELS)('%s takes another severity', (level) => {
    expect(only((metlog) => metlog[level]('hello', { severity: 5 })).severity).toBe(5);
  });

  it.each(LEVELS)('%s makes an exception of an Error from error up', (level) => {
    const error = new TypeError('boom');
    const message = only((metlog) => metlog[level](error));
    if (severityOf(level) <= SEVERITY.error) {
      expect(message).toMatchObject({ type: 'exception', payload: error.stack, severity: severityOf(level) });
      expect(message.metadata['exception']).toMatchObject({ type: 'TypeError', value: 'boom', handled: true });
    } else {
      expect(message).toMatchObject({ type: 'log', payload: 'TypeError: boom', severity: severityOf(level) });
    }
  });

  it('know an error of another realm', () => {
    expect(only((metlog) => metlog.error(runInNewContext('new Error("far")'))).type).toBe('exception');
  });

  it.each([
    [5, '5'],
    [{ a: 1, password: 'x' }, '{"a":1,"password":"[redacted]"}'],
    [[1, 'b'], '[1,"b"]'],
    [null, 'null'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    ['', ''],
  ])('make a text of %j', (given, payload) => {
    expect(only((metlog) => metlog.info(given)).payload).toBe(payload);
  });

  it('are sampled, and say their rate only then', () => {
    const { metlog, messages } = createTestMetlog();
    for (let index = 0; index < 1_000; index += 1) metlog.info('x', { rate: 0.25 });
    metlog.info('y');
    expect(messages().length).toBeGreaterThan(200);
    expect(messages().length).toBeLessThan(300);
    expect(metlog.stats.accepted).toBe(messages().length);
    expect(messages()[0]?.metadata).toEqual({ rate: 0.25 });
    expect(messages().at(-1)?.metadata).toEqual({});
  });
});

describe('exception', () => {
  it('sends what was thrown with severity 3 and its traceback', () => {
    const error = new Error('top', { cause: new Error('root') });
    const message = only((metlog) => metlog.exception(error, { handled: false, metadata: { order: 7 } }));
    expect(message).toMatchObject({ type: 'exception', severity: 3, metadata: { order: 7 } });
    expect(message.metadata['exception']).toMatchObject({ value: 'top', handled: false, cause: { value: 'root' } });
    expect(message.payload).toContain('Caused by: Error: root');
  });

  it.each([
    ['vue', 'vue'],
    [undefined, 'generic'],
    ['', 'generic'],
    [{ not: 'a text' }, 'generic'],
  ])('says what caught it: %j is %s', (given, mechanism) => {
    const message = only((metlog) => metlog.exception('boom', { mechanism: given as string }));
    expect(message.metadata['exception']).toMatchObject({ mechanism });
  });

  it.each([
    ['card-declined', 'card-declined'],
    [undefined, expect.stringMatching(/^[0-9a-f]{16}$/) as unknown],
    ['', expect.stringMatching(/^[0-9a-f]{16}$/) as unknown],
    [['a', 'b'], expect.stringMatching(/^[0-9a-f]{16}$/) as unknown],
  ])('belongs to the group that the application names: %j', (given, fingerprint) => {
    const message = only((metlog) => metlog.exception(new Error('boom'), { fingerprint: given as string }));
    expect(message.metadata['exception']).toMatchObject({ type: 'Error', fingerprint });
  });

  it('takes another severity', () => {
    expect(only((metlog) => metlog.exception('boom', { severity: 0 })).severity).toBe(0);
  });

  it('is never lost for what was thrown', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    for (const thrown of [
      undefined,
      null,
      0,
      cyclic,
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('mine');
          },
        },
      ),
    ]) {
      // prettier-ignore
      expect(only((metlog) => metlog.exception(thrown)).type).toBe('exception');
    }
  });
});
