import type { ReceivedMessage } from '../router/received-message.ts';
import type { ContractCase } from './contract.ts';
import {
  check,
  checkReceived,
  deliver,
  isSame,
  remaining,
  retryAll,
  show,
  trialOf,
  write,
  type BrokenSinkUnderTest,
  type SinkTrial,
  type SinkUnderTest,
} from './sink-trial.ts';

/** A sink settles at the latest so long after its signal was aborted, in milliseconds. */
const ABORT_GRACE_MS = 1_000;
/** How long a back end that is well again may take to be reached, in attempts and in milliseconds between them. */
const ATTEMPTS_AFTER_FAILURE = 20;
const ATTEMPT_PAUSE_MS = 100;
/** How long a silent back end is waited for before the sink is told to stop, in milliseconds. */
const SILENCE_MS = 50;

export interface SinkContractOptions {
  /** A sink whose back end fails: what it is asked is answered with an error, or nobody is there. Left out where that cannot be had. */
  readonly makeFailing?: () => Promise<BrokenSinkUnderTest>;
  /** A sink whose back end does not answer. Left out where that cannot be had. */
  readonly makeSilent?: () => Promise<BrokenSinkUnderTest>;
}

/**
 * What every sink promises, whatever it delivers to. `make` gives a new one, with an empty back end, for each case; so do the others, which
 * add cases of their own.
 */
export function sinkContract(
  make: () => Promise<SinkUnderTest>,
  broken: SinkContractOptions = {},
): readonly ContractCase[] {
  const { makeFailing, makeSilent } = broken;
  return [
    ...SINK_CASES.map(([name, run]) => ({ name, run: () => withTrial(make, run) })),
    ...(makeFailing ? [{ name: AGAIN_CASE, run: () => withTrial(makeFailing, deliversLater) }] : []),
    ...(makeSilent ? [{ name: SILENT_CASE, run: () => withTrial(makeSilent, settlesInSilence) }] : []),
  ];
}

async function withTrial<T extends SinkUnderTest>(
  make: () => Promise<T>,
  run: (trial: SinkTrial, made: T) => Promise<void>,
): Promise<void> {
  const made = await make();
  try {
    await run(trialOf(made), made);
  } finally {
    await made.sink.close();
    await made.dispose?.();
  }
}

const SINK_CASES: readonly [string, (made: SinkTrial) => Promise<void>][] = [
  [
    'has a name that a label can be made of',
    ({ sink }) => {
      check(/^[\w.-]{1,64}$/.test(sink.name), `its name is ${JSON.stringify(sink.name)}`);
      return Promise.resolve();
    },
  ],
  [
    'delivers each message of a batch once, in order',
    async (made) => {
      const batch = [made.message(0), made.message(1), made.message(2)];
      await deliver(made.sink, batch);
      await checkReceived(made, batch);
    },
  ],
  [
    'delivers batch after batch',
    async (made) => {
      const batch = Array.from({ length: 50 }, (_, i) => made.message(i));
      for (const message of batch) await deliver(made.sink, [message]);
      await checkReceived(made, batch);
    },
  ],
  [
    'takes an empty batch',
    async (made) => {
      await deliver(made.sink, []);
      await checkReceived(made, []);
    },
  ],
  [
    'delivers what came without sender, host and process',
    async (made) => {
      const absent = { hostname: undefined, pid: undefined, sender: undefined, seq: undefined };
      const batch = [{ ...made.message(0), ...absent, via: 'http' as const, key: 'page' }];
      await deliver(made.sink, batch);
      await checkReceived(made, batch);
    },
  ],
  [
    'delivers texts of every kind as they are, or refuses them',
    async (made) => {
      const batch = [...ODD_TEXTS].map((text, i) => {
        const message = made.message(i);
        return { ...message, payload: text, metadata: { ...message.metadata, text } };
      });
      const result = await write(made.sink, batch);
      check(result.retry === undefined, `it wants to try again: ${JSON.stringify(result)}`);
      const refused = new Set((result.refused ?? []).map(({ index }) => index));
      batch.forEach((message, index) => {
        check(
          refused.has(index) !== made.takes(message),
          `it ${refused.has(index) ? 'refused' : 'took'} ${show(message)}`,
        );
      });
      await checkReceived(
        made,
        batch.filter((_, index) => !refused.has(index)),
      );
    },
  ],
  [
    'changes and keeps nothing of what it is given',
    async (made) => {
      const batch = [frozen(made.message(0)), frozen(made.message(1))];
      const lent = [...batch];
      await deliver(made.sink, lent);
      check(lent.length === 2 && lent.every((message, index) => message === batch[index]), 'it changed the array');
      lent.fill(made.message(2));
      await checkReceived(made, batch);
    },
  ],
  [
    'settles soon when it is told to stop',
    async ({ sink, message }) => {
      await settlesSoon(sink.write([message(0)], AbortSignal.abort()));
    },
  ],
  [
    'flushes at any time',
    async ({ sink, message }) => {
      await sink.flush?.();
      await deliver(sink, [message(0)]);
      await Promise.all([sink.flush?.(), sink.flush?.()]);
      for (const [reason, count] of Object.entries(sink.leftOut ?? {})) {
        check(Number.isSafeInteger(count) && count >= 0, `it has left out ${String(count)} for ${reason}`);
      }
    },
  ],
  [
    'closes once, however often it is told, and takes nothing afterwards',
    async ({ sink, message }) => {
      await deliver(sink, [message(0)]);
      await Promise.all([sink.close(), sink.close()]);
      await sink.close();
      const late = await write(sink, [message(1)]).catch(retryAll);
      check(late.retry !== undefined, `it answered ${JSON.stringify(late)} after it was closed`);
    },
  ],
  [
    'closes although it was never used',
    async ({ sink }) => {
      await sink.close();
    },
  ],
];

const AGAIN_CASE = 'asks again for what its back end did not take, and delivers it later';

async function deliversLater(made: SinkTrial, { mend }: BrokenSinkUnderTest): Promise<void> {
  const batch = [made.message(0), made.message(1), made.message(2)];
  const failed = await write(made.sink, batch).catch(retryAll);
  check(failed.retry !== undefined, `it answered ${show(failed)} although its back end had failed`);
  await mend();
  let rest = remaining(batch, failed);
  for (let attempt = 1; rest.length > 0 && attempt <= ATTEMPTS_AFTER_FAILURE; attempt += 1) {
    if (attempt > 1) await later(ATTEMPT_PAUSE_MS);
    rest = remaining(rest, await write(made.sink, rest).catch(retryAll));
  }
  const got = await made.received(batch.length);
  for (const one of made.shown(batch))
    check(
      got.some((other) => isSame(one, other)),
      `${show(one)} never arrived`,
    );
}

const SILENT_CASE = 'settles soon when its back end is silent and it is told to stop';

async function settlesInSilence({ sink, message }: SinkTrial, { mend }: BrokenSinkUnderTest): Promise<void> {
  const deadline = new AbortController();
  const written = sink.write([message(0)], deadline.signal);
  await later(SILENCE_MS);
  deadline.abort();
  await settlesSoon(written);
  await mend();
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

const frozen = (message: ReceivedMessage): ReceivedMessage =>
  Object.freeze({ ...message, metadata: Object.freeze({ ...message.metadata }) });

async function settlesSoon(written: Promise<unknown>): Promise<void> {
  const settled = written.then(
    () => 'settled',
    () => 'settled', // it may say that it does not know
  );
  check(
    (await Promise.race([settled, later(ABORT_GRACE_MS)])) === 'settled',
    'it went on after its signal was aborted',
  );
}

const later = (delayMs: number): Promise<string> =>
  new Promise((resolve) => {
    setTimeout(resolve, delayMs, 'late');
  });
