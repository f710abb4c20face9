import type { ApiRoute } from '../api-route.ts';
import { exceptionRoute } from './exception.ts';
import { exceptionsRoute } from './exceptions.ts';
import { loggersRoute } from './loggers.ts';
import { relatedRoute } from './related.ts';
import { typesRoute } from './types.ts';
import { viewsRoute } from './views.ts';

/** Every path of the API that is asked by GET and answers with JSON. */
export const API_ROUTES: readonly ApiRoute[] = [
  exceptionRoute,
  exceptionsRoute,
  loggersRoute,
  relatedRoute,
  typesRoute,
  viewsRoute,
];
