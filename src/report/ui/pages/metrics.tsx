import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { AnnotationsAnswer } from '../../api/annotations.ts';
import { MAX_SERIES } from '../../api/metric-limits.ts';
import type { MetricSeriesAnswer } from '../../api/metric-series.ts';
import { readKindName } from '../../../store/metrics/metric-kind.ts';
import { Answered } from '../parts/answered.tsx';
import { Chart } from '../parts/chart.tsx';
import { Time } from '../parts/time.tsx';
import { go, hrefWith, place } from '../place.ts';
import { useWindowAnswer } from '../use-answer.ts';
import { metricGraphs, PERCENTILES, type Percentile } from './metric-graphs.ts';
import { MetricList } from './metric-list.tsx';
import { bandsOf, marksOf, missingWords, type Mark } from './metric-marks.ts';
import { MetricTables } from './metric-table.tsx';

/** Deployments are rare. */
const ANNOTATIONS_EVERY_MS = 60_000;
const BEFORE_WORDS = { day: 'the day before', week: 'the week before' } as const;
type Comparison = keyof typeof BEFORE_WORDS;

/** Counters, timers and gauges by name, several on one graph. */
export function MetricsPage(): JSX.Element {
  const { parameters } = place.value;
  const names = [...new Set(parameters.getAll('name'))].filter((name) => readKindName(name) !== undefined);
  const chosen = names.slice(0, MAX_SERIES);
  const compare = comparisonOf(parameters.get('compare'));
  const percentile = PERCENTILES.find((one) => one === parameters.get('percentile')) ?? 'p95';
  const toggle = (name: string): void =>
    go(hrefWith({ name: chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name] }));
  return (
    <div class="metrics">
      <MetricList chosen={chosen} maxCount={MAX_SERIES} onToggle={toggle} />
      <div class="metrics-main">
        {chosen.length === 0 ? (
          <section class="card">
            <p class="quiet">Choose a name of the list; several go onto one graph.</p>
          </section>
        ) : (
          <Graphs chosen={chosen} compare={compare} percentile={percentile} onRemove={toggle} />
        )}
      </div>
    </div>
  );
}

interface GraphsProps {
  readonly chosen: readonly string[];
  readonly compare: Comparison | undefined;
  readonly percentile: Percentile;
  readonly onRemove: (name: string) => void;
}

function Graphs({ chosen, compare, percentile, onRemove }: GraphsProps): JSX.Element {
  const asked = useWindowAnswer<MetricSeriesAnswer>('/api/metrics/series', { name: chosen, compare });
  const annotations = useWindowAnswer<AnnotationsAnswer>(
    '/api/annotations',
    {},
    { everyMs: ANNOTATIONS_EVERY_MS },
  ).answer;
  const { answer, parameters } = asked;
  // What was compared with, not what is chosen by now.
  const beforeWords = BEFORE_WORDS[comparisonOf(parameters['compare']) ?? 'day'];
  const graphs = useMemo(
    () => (answer === undefined ? [] : metricGraphs(answer.metrics, percentile, beforeWords)),
    [answer, percentile, beforeWords],
  );
  const marks = useMemo(() => (annotations === undefined ? [] : marksOf(annotations)), [annotations]);
  const bands = useMemo(() => (annotations === undefined ? [] : bandsOf(annotations)), [annotations]);
  const timerCount = chosen.filter((name) => readKindName(name)?.kind === 'timer').length;
  return (
    <>
      <div class="metrics-options">
        <select
          aria-label="Compare with"
          value={compare ?? ''}
          onChange={(event) => go(hrefWith({ compare: event.currentTarget.value || null }))}
        >
          <option value="">compare with nothing</option>
          <option value="day">with the day before</option>
          <option value="week">with the week before</option>
        </select>
        {timerCount > 1 && (
          <select
            aria-label="Percentile"
            value={percentile}
            onChange={(event) => go(hrefWith({ percentile: event.currentTarget.value }))}
          >
            {PERCENTILES.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        )}
        {annotations !== undefined &&
          missingWords(annotations, Date.now()).map((words) => (
            <span key={words} class="warn">
              {words}
            </span>
          ))}
      </div>
      <Answered asked={asked}>
        {({ from, to, times, bucketMs, metrics }) => (
          <>
            {graphs.map(({ title, format, series }) => (
              <section key={title} class="card wide">
                <h2>{title}</h2>
                <Chart
                  label={`${title}: ${metrics.map(({ name }) => name).join(', ')}`}
                  fromMs={Date.parse(from)}
                  toMs={Date.parse(to)}
                  times={times}
                  bucketMs={bucketMs}
                  series={series}
                  bands={bands}
                  lines={marks}
                  format={format}
                />
              </section>
            ))}
            <section class="card wide">
              <MetricTables metrics={metrics} beforeWords={beforeWords} onRemove={onRemove} />
            </section>
          </>
        )}
      </Answered>
      {marks.length > 0 && <Marks marks={marks} />}
    </>
  );
}

function Marks({ marks }: { readonly marks: readonly Mark[] }): JSX.Element {
  return (
    <section class="card wide">
      <h2>Deploys and new releases</h2>
      <ul class="marks">
        {[...marks].reverse().map(({ what, release, atMs, loggers }, index) => (
          <li key={index}>
            <Time at={atMs} />
            <span class="who">{what}</span>
            <span class="name">{release}</span>
            <span class="who name">{loggers.join(', ')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const comparisonOf = (text: unknown): Comparison | undefined => (text === 'day' || text === 'week' ? text : undefined);
