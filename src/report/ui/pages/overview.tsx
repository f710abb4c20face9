import type { JSX } from 'preact';
import type { LoggersAnswer } from '../../api/loggers.ts';
import { Answered } from '../parts/answered.tsx';
import { BarList } from '../parts/bar-list.tsx';
import { useWindowAnswer } from '../use-answer.ts';

/** What needs attention, what arrives, and what was lost. */
export function OverviewPage(): JSX.Element {
  const asked = useWindowAnswer<LoggersAnswer>('/api/loggers');
  return (
    <Answered asked={asked}>
      {({ loggers }) => (
        <section class="card">
          <h2>By logger</h2>
          <BarList entries={loggers.map(({ logger, count }) => ({ name: logger, count }))} />
        </section>
      )}
    </Answered>
  );
}
