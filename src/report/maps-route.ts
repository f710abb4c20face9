import { answer, failure } from './answers.ts';
import { mapInput } from './api/maps.ts';
import { explainInput, readQuery } from './read-query.ts';
import type { RouterPort } from './router-port.ts';

/**
 * Keeps the source map in the body, whose address names the release and the script that it belongs to, and the script's debug id if it has one:
 * `POST /api/maps?release=R&path=P&debug_id=D`.
 */
export async function answerMap(request: Request, router: Pick<RouterPort, 'putMap'>): Promise<Response> {
  const parsed = mapInput.safeParse(readQuery(new URL(request.url).searchParams));
  if (!parsed.success) return failure(400, 'bad-request', explainInput(parsed.error));
  const { release, path, debug_id: debugId } = parsed.data;
  const body: ReadableStream<Uint8Array> | null = request.body;
  if (body === null) return failure(400, 'bad-request', 'the body must be a source map');
  const stored = await router.putMap({ release, path, debugId }, body);
  if (stored.status === 'stored') return answer(201, { bytes: stored.bytes, deletedReleases: stored.deletedReleases });
  return stored.reason === 'too-large'
    ? failure(413, 'too-large', 'the source map is too large')
    : failure(400, 'bad-request', 'release and path must have 1 to 2048 letters, debug_id be a UUID');
}
