import { apiRoute } from '../api-route.ts';
import { attentionAnswer, attentionInput } from '../api/attention.ts';
import { findAttention } from '../attention/find-attention.ts';

export const attentionRoute = apiRoute({
  path: '/api/attention',
  about:
    'What needs attention now: new exceptions, more errors than yesterday, silent loggers, late sinks, an archive that its store does not take, loss.',
  input: attentionInput,
  output: attentionAnswer,
  answer: ({ logger }, ports) => findAttention(ports, logger === '' ? undefined : logger),
});
