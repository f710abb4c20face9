import { listLoggers } from '../../store/list-loggers.ts';
import { apiRoute } from '../api-route.ts';
import { loggersAnswer, loggersInput } from '../api/loggers.ts';
import { toWindow, windowProblem } from '../api/time-window.ts';

export const loggersRoute = apiRoute({
  path: '/api/loggers',
  about: 'Who sent messages in a window, and how many.',
  input: loggersInput,
  output: loggersAnswer,
  problem: windowProblem,
  answer: async (input, { store }) => ({ loggers: await listLoggers(store, toWindow(input)) }),
});
