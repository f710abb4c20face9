import type { ApiRoute } from '../api-route.ts';
import { annotationsRoute } from './annotations.ts';
import { attentionRoute } from './attention.ts';
import { exceptionRoute } from './exception.ts';
import { exceptionsRoute } from './exceptions.ts';
import { loggersRoute } from './loggers.ts';
import { lossRoute } from './loss.ts';
import { messageRoute } from './message.ts';
import { messagesRoute } from './messages.ts';
import { metricSeriesRoute } from './metric-series.ts';
import { metricsRoute } from './metrics.ts';
import { overviewRoute } from './overview.ts';
import { relatedRoute } from './related.ts';
import { typesRoute } from './types.ts';
import { viewsRoute } from './views.ts';

/** Every path of the API that is asked by GET and answers with JSON. */
export const API_ROUTES: readonly ApiRoute[] = [
  annotationsRoute,
  attentionRoute,
  exceptionRoute,
  exceptionsRoute,
  loggersRoute,
  lossRoute,
  messageRoute,
  messagesRoute,
  metricSeriesRoute,
  metricsRoute,
  overviewRoute,
  relatedRoute,
  typesRoute,
  viewsRoute,
];
