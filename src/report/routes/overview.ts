import { countMessages } from '../../store/count-messages.ts';
import { newestReceived } from '../../store/newest-received.ts';
import { apiRoute } from '../api-route.ts';
import { overviewAnswer, overviewInput } from '../api/overview.ts';
import { toWindow, windowProblem } from '../api/time-window.ts';
import { destOf } from '../dest-of.ts';

export const overviewRoute = apiRoute({
  path: '/api/overview',
  about: 'Messages of a window over time, by type, logger and severity; and what the archive holds.',
  input: overviewInput,
  output: overviewAnswer,
  problem: windowProblem,
  async answer(input, { store, router, clock }) {
    const window = toWindow(input);
    const nowMs = clock.now();
    const [counted, newest, files] = await Promise.all([
      countMessages(store, window),
      newestReceived(store, nowMs, window.logger),
      store.files(),
    ]);
    return {
      fromMs: window.fromMs,
      toMs: window.toMs,
      nowMs,
      ...counted,
      newestReceived: newest,
      archive: { fileCount: files.length, bytes: files.reduce((sum, file) => sum + file.bytes, 0) },
      dest: destOf(router.address),
    };
  },
});
