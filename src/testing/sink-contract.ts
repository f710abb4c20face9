import type { Message } from '../core/schema.ts';
import type { Sink, SinkResult } from '../router/sink.ts';
import type { ContractCase } from './contract.ts';

/** A sink to be tested, with a view of what its back end got. */
export interface SinkUnderTest {
  readonly sink: Sink;
  /** What the back end has received, in order, as far as it can be told. */
  received(): Promise<readonly Message[]>;
}

/** A sink settles at the latest so long after its signal was aborted, in milliseconds. */
const ABORT_GRACE_MS = 1_000;

/** What every sink promises, whatever it delivers to. `make` gives a new one, with an empty back end, for each case. */
export function sinkContract(make: () => Promise<SinkUnderTest>): readonly ContractCase[] {
  const cases: [string, (made: SinkUnderTest) => Promise<void>][] = [
    [
      'has a name that a label can be made of',
      ({ sink }) => {
        check(/^[\w.-]{1,64}$/.test(sink.name), `its name is ${JSON.stringify(sink.name)}`);
        return Promise.resolve();
      },
    ],
    [
      'delivers each message of a batch once, in order',
      async ({ sink, received }) => {
        const batch = [aMessage(0), aMessage(1), aMessage(2)];
        isDelivered(await sink.write(batch, openSignal()));
        checkSame(await received(), batch);
      },
    ],
    [
      'delivers batch after batch',
      async ({ sink, received }) => {
        const batch = Array.from({ length: 50 }, (_, i) => aMessage(i));
        for (const message of batch) isDelivered(await sink.write([message], openSignal()));
        checkSame(await received(), batch);
      },
    ],
    [
      'takes an empty batch',
      async ({ sink, received }) => {
        isDelivered(await sink.write([], openSignal()));
        checkSame(await received(), []);
      },
    ],
    [
      'delivers texts of every kind as they are',
      async ({ sink, received }) => {
        const batch = [...ODD_TEXTS].map((text, i) => ({
          ...aMessage(i),
          payload: text,
          metadata: { name: 'odd', text },
        }));
        isDelivered(await sink.write(batch, openSignal()));
        checkSame(await received(), batch);
      },
    ],
    [
      'changes nothing of what it is given',
      async ({ sink }) => {
        const batch = Object.freeze([
          Object.freeze({ ...aMessage(0), metadata: Object.freeze({ name: 'frozen', rate: 1 }) }),
        ]);
        isDelivered(await sink.write(batch, openSignal()));
      },
    ],
    [
      'settles soon when it is told to stop',
      async ({ sink }) => {
        const settled = sink.write([aMessage(0)], AbortSignal.abort()).then(
          () => 'settled',
          () => 'settled', // it may say that it does not know
        );
        check(
          (await Promise.race([settled, later(ABORT_GRACE_MS)])) === 'settled',
          'it went on after its signal was aborted',
        );
      },
    ],
    [
      'closes once, however often it is told',
      async ({ sink }) => {
        await sink.write([aMessage(0)], openSignal());
        await Promise.all([sink.close(), sink.close()]);
        await sink.close();
      },
    ],
  ];
  return cases.map(([name, run]) => ({
    name,
    async run() {
      const made = await make();
      try {
        await run(made);
      } finally {
        await made.sink.close();
      }
    },
  }));
}

const ODD_TEXTS = [
  '',
  ' ',
  'zwei\nZeilen',
  '"quoted" \\ and \t',
  'ünïcödé 🎉',
  '<b>&amp;</b>',
  '\u0000',
  "'; drop table x; --",
] as const;

const aMessage = (number: number): Message => ({
  type: 'counter',
  timestamp: '2026-11-22T10:44:00.123Z',
  logger: 'shop',
  severity: 6,
  payload: String(number),
  metadata: { name: 'login.ok', rate: 1, number },
});

const openSignal = (): AbortSignal => new AbortController().signal;

const later = (delayMs: number): Promise<string> =>
  new Promise((resolve) => {
    setTimeout(resolve, delayMs, 'late');
  });

function isDelivered(result: SinkResult): void {
  check(result.retry === undefined && (result.refused ?? []).length === 0, `it answered ${JSON.stringify(result)}`);
}

function checkSame(got: readonly Message[], want: readonly Message[]): void {
  check(
    JSON.stringify(got) === JSON.stringify(want),
    `it delivered ${JSON.stringify(got)} for ${JSON.stringify(want)}`,
  );
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`broken contract: ${otherwise}`);
}
