import { listViews } from '../../store/list-views.ts';
import { apiRoute } from '../api-route.ts';
import { viewsAnswer, viewsInput } from '../api/views.ts';

export const viewsRoute = apiRoute({
  path: '/api/views',
  about: 'The views that a query may select from, with their columns.',
  input: viewsInput,
  output: viewsAnswer,
  answer: async (_input, { store }) => ({ views: await listViews(store) }),
});
