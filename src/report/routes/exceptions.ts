import { exceptionGroups } from '../../store/exceptions/exception-groups.ts';
import { apiRoute } from '../api-route.ts';
import { exceptionsAnswer, exceptionsInput } from '../api/exceptions.ts';
import { toWindow, windowProblem } from '../api/time-window.ts';

export const exceptionsRoute = apiRoute({
  path: '/api/exceptions',
  about: 'The exceptions of a window, in groups of one fingerprint.',
  input: exceptionsInput,
  output: exceptionsAnswer,
  problem: windowProblem,
  answer: (input, { store }) =>
    exceptionGroups(store, toWindow(input), { search: input.search ?? '', sort: input.sort ?? 'last' }),
});
