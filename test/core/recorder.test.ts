import { describe, expect, it } from 'vitest';
import { severityMax, SEVERITY, typeAllow, typeDeny, typeSeverityMax } from '../../src/node/index.ts';
import type { Filter, Message, MetlogOptions, Problem } from '../../src/node/index.ts';
import { createTestMetlog } from '../../src/testing/index.ts';

function setUp(options: MetlogOptions = {}) {
  const problems: Problem[] = [];
  const test = createTestMetlog({
    logger: 'shop',
    strict: false,
    onError: (problem) => problems.push(problem),
    ...options,
  });
  return { ...test, problems, types: () => test.messages().map(({ type }) => type).sort() }; // prettier-ignore
}

/** Something of each kind. */
function sayAll({ metlog }: Pick<ReturnType<typeof setUp>, 'metlog'>): void {
  metlog.incr('a');
  metlog.gauge('a', 1);
  metlog.debug('x');
  metlog.exception('x');
}

describe('filters', () => {
  it.each<[name: string, filter: Filter, types: string[]]>([
    ['severityMax', severityMax(SEVERITY.notice), ['exception']],
    ['typeAllow', typeAllow(['log', 'counter']), ['counter', 'log']],
    ['typeDeny', typeDeny(['log', 'counter']), ['exception', 'gauge']],
    [
      'typeSeverityMax',
      typeSeverityMax({ log: SEVERITY.info, exception: SEVERITY.error }),
      ['counter', 'exception', 'gauge'],
    ],
  ])('%s passes what it says', async (_, filter, types) => {
    const test = setUp({ filters: [filter] });
    sayAll(test);
    expect(test.types()).toEqual(types);
    await test.metlog.flush();
    expect(test.metlog.stats).toMatchObject({
      accepted: 4,
      sent: types.length,
      dropped: { filtered: 4 - types.length },
    });
    expect(test.problems).toEqual([]); // what is asked for is no problem
  });

  it('apply one after the other, before a message is numbered', () => {
    const seen: string[] = [];
    const note =
      (name: string, answer: (message: Message) => Message | null): Filter =>
      (message) => {
        seen.push(`${name} ${message.type}`);
        return answer(message);
      };
    const { metlog, messages, transports } = setUp({
      filters: [
        note('one', (message) => (message.type === 'gauge' ? null : message)),
        note('two', (message) => ({ ...message, type: `my ${message.type}` })),
      ],
    });
    metlog.gauge('a', 1);
    metlog.incr('a');
    metlog.incr('a');
    expect(messages().map(({ type }) => type)).toEqual(['my counter', 'my counter']);
    expect(seen).toEqual(['one gauge', 'one counter', 'two counter', 'one counter', 'two counter']);
    expect(transports[0]?.datagrams[0]).toContain('"seq":0');
  });

  it('added later apply to children and to what they would have let through on the shortest way', () => {
    const { metlog, messages } = setUp();
    const child = metlog.child({ logger: 'child' });
    child.incr('before');
    metlog.use({ name: 'deny', filters: [typeDeny(['counter'])] });
    child.incr('after');
    expect(messages()).toHaveLength(1);
  });

  it('see what is redacted, and have what they add redacted and bounded', () => {
    const filter: Filter = (message) => {
      expect(message.metadata['password']).toBe('[redacted]');
      return { ...message, metadata: { ...message.metadata, token: 'x', when: new Date(0) as never } };
    };
    const { metlog, messages } = setUp({ filters: [filter] });
    metlog.send('x', { metadata: { password: 'x' } });
    expect(messages()[0]?.metadata).toEqual({
      password: '[redacted]',
      token: '[redacted]',
      when: '1970-01-01T00:00:00.000Z',
    });
  });

  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;

  it.each<[name: string, filter: (message: Message) => unknown]>([
    ['throws', () => { throw new Error('mine'); }], // prettier-ignore
    ['throws something without a text', () => { throw Object.create(null); }], // prettier-ignore
    ['forgets to answer', () => undefined],
    ['answers a flag', () => true],
    ['answers later', async (message) => message],
    ['answers a message without a type', (message) => ({ ...message, type: undefined })],
    ['answers a severity that is none', (message) => ({ ...message, severity: 'bad' })],
    ['answers metadata that is none', (message) => ({ ...message, metadata: 5 })],
    ['answers metadata in itself', (message) => ({ ...message, metadata: cyclic })],
  ])('that fail keep the message in, which is told once: a filter that %s', (_, filter) => {
    const { metlog, messages, problems } = setUp({ filters: [filter as Filter] });
    metlog.incr('a');
    metlog.incr('a');
    expect(messages()).toEqual([]);
    expect(metlog.stats).toMatchObject({ accepted: 2, dropped: { 'filter-failed': 2 } });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(/^a filter failed, and its message was dropped: /);
  });

  it('may record messages of their own, but not without end', () => {
    const test = setUp({
      filters: [
        (message) => {
          test.metlog.incr('seen');
          return message;
        },
      ],
    });
    test.metlog.incr('a');
    const { accepted, dropped } = test.metlog.stats;
    expect(accepted).toBeLessThan(10);
    expect(dropped).toEqual({ invalid: 1 });
    expect(test.problems[0]?.message).toContain('without end');
    expect(test.messages()).toHaveLength(accepted - 1);
  });
});

describe('listeners', () => {
  it('see each message that passed, and change nothing by throwing', () => {
    const seen: string[] = [];
    const { metlog, messages, problems } = setUp({ filters: [typeDeny(['gauge'])] });
    metlog.use({
      name: 'watch',
      onMessage: ({ type, logger }) => {
        seen.push(`${type} ${logger}`);
        throw new Error('mine');
      },
    });
    metlog.incr('a');
    metlog.gauge('a', 1);
    metlog.child({ logger: 'child' }).incr('a');
    expect(seen).toEqual(['counter shop', 'counter child']);
    expect(messages()).toHaveLength(2);
    expect(problems).toEqual([{ reason: 'bad-setting', message: "a plugin's onMessage threw: Error: mine" }]);
  });
});

describe('the shortest way of a counter', () => {
  it('writes the same as the long one', () => {
    for (const options of [
      {},
      { metadata: { region: 'eu', name: 'client' }, release: '1' },
    ] satisfies MetlogOptions[]) {
      const short = setUp(options);
      const long = setUp({ ...options, filters: [(message) => message] });
      for (const { metlog } of [short, long]) {
        for (const client of [metlog, metlog.child({ logger: 'naïve "child"', metadata: { a: 1 } })]) {
          client.incr('a');
          client.incr('"b"\n');
          client.timing('c', 1.5);
          client.gauge('d', -2.5);
        }
        metlog.setMetadata({ userId: 'u1' });
        metlog.incr('a');
      }
      short.messages();
      long.messages();
      expect(short.transports[0]?.datagrams).toEqual(long.transports[0]?.datagrams);
    }
  });
});

describe('a message that is too long', () => {
  it('is shortened, or counted where that does not help', async () => {
    const { metlog, messages } = setUp();
    metlog.send('long', { payload: 'x'.repeat(200_000) });
    metlog.send('many', { metadata: { numbers: Array.from({ length: 1_900 }, () => 1.234567890123e-300) } });
    metlog.send('list', {
      metadata: Object.fromEntries(Array.from({ length: 1_500 }, (_, key) => ['k'.repeat(50) + String(key), key])),
    });
    expect(messages().map(({ type }) => type)).toEqual(['long', 'many']);
    await metlog.flush();
    expect(metlog.stats).toMatchObject({ accepted: 3, sent: 2, dropped: { 'too-large': 1 } });
  });
});
