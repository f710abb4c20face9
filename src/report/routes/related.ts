import { relatedMessages } from '../../store/messages/related-messages.ts';
import { apiRoute } from '../api-route.ts';
import { relatedAnswer, relatedInput } from '../api/related.ts';

export const relatedRoute = apiRoute({
  path: '/api/related',
  about: 'The messages of one request or one trace, in the five minutes before and after a time.',
  input: relatedInput,
  output: relatedAnswer,
  answer: ({ key, value, at }, { store }) => relatedMessages(store, key, value, at),
});
