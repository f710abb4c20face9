import { describe, expect, it } from 'vitest';
import { answerReplay } from '../../src/report/replay-route.ts';
import type { ReplayOutcome } from '../../src/report/router-port.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createMemoryRouter } from './memory-router.ts';
import { aSink } from './some-books.ts';

interface Asked {
  readonly answered: Promise<{ status: number; body: unknown }>;
  readonly clock: ManualClock;
}

const done = (result: Partial<ReplayOutcome> = {}): ReplayOutcome => ({
  status: 'done',
  delivered: 12,
  refused: 1,
  remaining: 0,
  trouble: undefined,
  ...result,
});

function ask(body: unknown, replays: Readonly<Record<string, Promise<ReplayOutcome>>> = {}): Asked {
  const sinks = Object.fromEntries(Object.keys(replays).map((name) => [name, aSink()]));
  const router = createMemoryRouter({ sinks });
  for (const [name, outcome] of Object.entries(replays)) router.replays.set(name, outcome);
  const clock = createManualClock();
  const request = new Request('http://127.0.0.1:5566/api/replay', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const answered = answerReplay(request, router, clock).then(async (response) => ({
    status: response.status,
    body: await response.json(),
  }));
  return { answered, clock };
}

describe('POST /api/replay', () => {
  it('answers what became of the dead letters', async () => {
    const { answered } = ask({ sink: 'statsd' }, { statsd: Promise.resolve(done()) });
    expect(await answered).toEqual({
      status: 200,
      body: { sink: 'statsd', status: 'done', delivered: 12, refused: 1, remaining: 0 },
    });
  });

  it('says why some are left', async () => {
    const outcome = done({ delivered: 0, refused: 0, remaining: 13, trouble: 'ECONNREFUSED' });
    const { answered } = ask({ sink: 'statsd' }, { statsd: Promise.resolve(outcome) });
    expect((await answered).body).toMatchObject({ remaining: 13, trouble: 'ECONNREFUSED' });
  });

  it('lists the sinks when it is asked for another one', async () => {
    const replays = { statsd: Promise.resolve(done()), other: Promise.resolve(done()) };
    expect(await ask({ sink: 'sentry' }, replays).answered).toEqual({
      status: 404,
      body: { code: 'unknown-sink', error: 'there is no sink "sentry"; there are: statsd, other' },
    });
    expect((await ask({ sink: 'constructor' }, {}).answered).body).toEqual({
      code: 'unknown-sink',
      error: 'there is no sink "constructor"; there are none',
    });
  });

  it('refuses a second replay of a sink while one is under way', async () => {
    const { answered } = ask({ sink: 'statsd' }, { statsd: Promise.resolve({ status: 'under-way' }) });
    expect(await answered).toEqual({
      status: 409,
      body: { code: 'under-way', error: 'a replay of statsd is under way already' },
    });
  });

  it('answers with 202 when it takes longer than half a minute, and what follows harms nobody', async () => {
    let fail = (_: unknown): void => undefined;
    const { answered, clock } = ask(
      { sink: 'statsd' },
      { statsd: new Promise<ReplayOutcome>((_, reject) => (fail = reject)) },
    );
    await new Promise((resolve) => setImmediate(resolve)); // the body is read by then
    clock.advance(30_000);
    expect(await answered).toEqual({ status: 202, body: { sink: 'statsd', status: 'under-way' } });
    fail(new Error('too late'));
  });

  it.each<[unknown]>([['nonsense'], [''], ['[]'], [{}], [{ sink: '' }], [{ sink: 1 }], [{ sink: 'a', all: true }]])(
    'refuses the body %j',
    async (body) => {
      const { status, body: said } = await ask(body).answered;
      expect({ status, said }).toEqual({
        status: 400,
        said: { code: 'bad-request', error: 'the body must be JSON such as {"sink":"statsd"}' },
      });
    },
  );

  it('refuses a body that is too large', async () => {
    expect((await ask({ sink: 'x'.repeat(5_000) }).answered).status).toBe(413);
  });
});
