import { apiRoute } from '../api-route.ts';
import { lossAnswer, lossInput } from '../api/loss.ts';
import { toWindow, windowProblem } from '../api/time-window.ts';
import { lossWords, windowLoss } from '../window-loss.ts';

const MAX_LOGGERS = 100;

export const lossRoute = apiRoute({
  path: '/api/loss',
  about: 'What senders numbered and what did not come, in the hours that a window touches.',
  input: lossInput,
  output: lossAnswer,
  problem: windowProblem,
  async answer(input, { router, clock }) {
    const { older: _, ...loss } = windowLoss(await router.ledger(), toWindow(input), clock.now());
    return { ...loss, loggers: loss.loggers.slice(0, MAX_LOGGERS), text: lossWords(loss) };
  },
});
