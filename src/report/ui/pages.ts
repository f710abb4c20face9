import type { ComponentType } from 'preact';
import { later } from './parts/later.tsx';
import { OverviewPage } from './pages/overview.tsx';

/** A page of the report: where it is, and what it is called. */
export interface Page {
  /** First part of the path; empty for the overview. */
  readonly id: string;
  readonly title: string;
  /** `rest`: further parts of the path. */
  readonly view: ComponentType<{ readonly rest: readonly string[] }>;
}

/** In the order of the navigation; the number of each is its key on the keyboard. */
export const PAGES: readonly Page[] = [
  { id: '', title: 'Overview', view: OverviewPage },
  {
    id: 'metrics',
    title: 'Metrics',
    view: later(() => import('./pages/metrics.tsx').then((module) => module.MetricsPage)),
  },
  {
    id: 'exceptions',
    title: 'Exceptions',
    view: later(() => import('./pages/exceptions.tsx').then((module) => module.ExceptionsPage)),
  },
  {
    id: 'messages',
    title: 'Messages',
    view: later(() => import('./pages/messages.tsx').then((module) => module.MessagesPage)),
  },
  { id: 'query', title: 'Query', view: later(() => import('./pages/query.tsx').then((module) => module.QueryPage)) },
];
