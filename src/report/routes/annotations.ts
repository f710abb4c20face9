import { listDeploys } from '../../store/list-deploys.ts';
import { listReleases } from '../../store/list-releases.ts';
import { apiRoute } from '../api-route.ts';
import { annotationsAnswer, annotationsInput } from '../api/annotations.ts';
import { toWindow, windowProblem } from '../api/time-window.ts';
import { missingBands } from '../missing-bands.ts';

export const annotationsRoute = apiRoute({
  path: '/api/annotations',
  about: 'What a graph of a window is read by: deployments, new releases, and hours in which messages are missing.',
  input: annotationsInput,
  output: annotationsAnswer,
  problem: windowProblem,
  async answer(input, { store, router }) {
    const window = toWindow(input);
    const [deploys, releases, path] = await Promise.all([
      listDeploys(store, window),
      listReleases(store, window),
      router.ledger(),
    ]);
    return {
      deploys,
      releases,
      missing: missingBands(path.rows, window.fromMs, window.toMs, window.logger).map(({ fromMs, toMs, ...band }) => ({
        from: new Date(fromMs).toISOString(),
        to: new Date(toMs).toISOString(),
        ...band,
      })),
      isExact: path.senders.open + path.senders.evicted + path.total.silent + path.total.uncounted === 0,
    };
  },
});
