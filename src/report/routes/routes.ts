import type { ApiRoute } from '../api-route.ts';
import { loggersRoute } from './loggers.ts';
import { typesRoute } from './types.ts';
import { viewsRoute } from './views.ts';

/** Every path of the API that is asked by GET and answers with JSON. */
export const API_ROUTES: readonly ApiRoute[] = [loggersRoute, typesRoute, viewsRoute];
