import { listDeploys } from '../../store/list-deploys.ts';
import { listReleases } from '../../store/list-releases.ts';
import { apiRoute } from '../api-route.ts';
import { annotationsAnswer, annotationsInput } from '../api/annotations.ts';
import { toWindow, windowProblem } from '../api/time-window.ts';
import { missingBands } from '../missing-bands.ts';
import { windowLoss } from '../window-loss.ts';

export const annotationsRoute = apiRoute({
  path: '/api/annotations',
  about: 'What a graph of a window is read by: deployments, new releases, and hours in which messages are missing.',
  input: annotationsInput,
  output: annotationsAnswer,
  problem: windowProblem,
  async answer(input, { store, router, clock }) {
    const window = toWindow(input);
    const [deploys, releases, path] = await Promise.all([
      listDeploys(store, window),
      listReleases(store, window),
      router.ledger(),
    ]);
    const loss = windowLoss(path, window, clock.now());
    return {
      deploys,
      releases,
      missing: missingBands(path.rows, window.fromMs, window.toMs, window.logger).map(({ fromMs, toMs, ...band }) => ({
        from: new Date(fromMs).toISOString(),
        to: new Date(toMs).toISOString(),
        ...band,
      })),
      older: loss.older.missing > 0 ? loss.older : null,
      isExact: !loss.isLeast,
    };
  },
});
