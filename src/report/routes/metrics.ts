import { listMetrics } from '../../store/metrics/list-metrics.ts';
import { apiRoute } from '../api-route.ts';
import { metricsAnswer, metricsInput } from '../api/metrics.ts';
import { toWindow, windowProblem } from '../api/time-window.ts';

export const metricsRoute = apiRoute({
  path: '/api/metrics',
  about: 'The counters, timers and gauges of a window, with their counts over time.',
  input: metricsInput,
  output: metricsAnswer,
  problem: windowProblem,
  answer: (input, { store }) => listMetrics(store, toWindow(input), input.search),
});
