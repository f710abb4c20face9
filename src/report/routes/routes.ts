import type { ApiRoute } from '../api-route.ts';
import { attentionRoute } from './attention.ts';
import { exceptionRoute } from './exception.ts';
import { exceptionsRoute } from './exceptions.ts';
import { loggersRoute } from './loggers.ts';
import { lossRoute } from './loss.ts';
import { overviewRoute } from './overview.ts';
import { relatedRoute } from './related.ts';
import { typesRoute } from './types.ts';
import { viewsRoute } from './views.ts';

/** Every path of the API that is asked by GET and answers with JSON. */
export const API_ROUTES: readonly ApiRoute[] = [
  attentionRoute,
  exceptionRoute,
  exceptionsRoute,
  loggersRoute,
  lossRoute,
  overviewRoute,
  relatedRoute,
  typesRoute,
  viewsRoute,
];
