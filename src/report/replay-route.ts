import type { Clock } from '../core/platform.ts';
import { parseJson } from '../core/json.ts';
import { answer, failure } from './answers.ts';
import { replayInput } from './api/replay.ts';
import { readText } from './read-text.ts';
import type { ReplayOutcome, RouterPort } from './router-port.ts';

const MAX_BODY_BYTES = 4_096;
/** A replay that takes longer goes on without whoever asked for it: proxies and people give up after a minute. */
const WAIT_MS = 30_000;

/** Answers `{"sink":"…"}` once the sink's dead letters were delivered again, with what became of them; with 202 if that takes longer. */
export async function answerReplay(
  request: Request,
  router: Pick<RouterPort, 'replay' | 'stats'>,
  clock: Pick<Clock, 'after'>,
): Promise<Response> {
  const text = await readText(request, MAX_BODY_BYTES);
  if (text === null) return failure(413, 'too-large', `a replay is asked for in ${MAX_BODY_BYTES} bytes at most`);
  const parsed = replayInput.safeParse(parseJson(text));
  if (!parsed.success) return failure(400, 'bad-request', 'the body must be JSON such as {"sink":"statsd"}');
  const { sink } = parsed.data;
  const { sinks } = await router.stats();
  // Asked by name among the sinks that there are: `constructor` is none.
  if (!Object.hasOwn(sinks, sink)) return unknownSink(sink, Object.keys(sinks));
  const outcome = await withinTime(router.replay(sink), clock);
  if (outcome === 'late') return answer(202, { sink, status: 'under-way' });
  if (outcome === undefined) return unknownSink(sink, Object.keys(sinks));
  if (outcome.status === 'under-way') return failure(409, 'under-way', `a replay of ${sink} is under way already`);
  return answer(200, { sink, ...outcome });
}

function unknownSink(name: string, known: readonly string[]): Response {
  const list = known.length === 0 ? 'there are none' : `there are: ${known.join(', ')}`;
  return failure(404, 'unknown-sink', `there is no sink ${JSON.stringify(name.slice(0, 100))}; ${list}`);
}

async function withinTime(
  replay: Promise<ReplayOutcome | undefined>,
  clock: Pick<Clock, 'after'>,
): Promise<ReplayOutcome | undefined | 'late'> {
  let cancel = (): void => undefined;
  const late = new Promise<'late'>((resolve) => (cancel = clock.after(WAIT_MS, () => resolve('late'))));
  return Promise.race([replay, late]).finally(cancel);
}
