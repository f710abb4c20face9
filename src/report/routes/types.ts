import { describeTypes } from '../../store/types/describe-types.ts';
import { apiRoute } from '../api-route.ts';
import { toWindow, windowProblem } from '../api/time-window.ts';
import { typesAnswer, typesInput } from '../api/types.ts';

export const typesRoute = apiRoute({
  path: '/api/types',
  about: 'The registered types, the columns of their views, and how many messages in a window did not fit.',
  input: typesInput,
  output: typesAnswer,
  problem: windowProblem,
  answer: (input, { store }) => describeTypes(store, toWindow(input)),
});
