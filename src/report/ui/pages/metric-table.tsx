import type { JSX } from 'preact';
import type { MetricNumbers, MetricSeriesAnswer } from '../../api/metric-series.ts';
import { kindNameOf } from '../../../store/metrics/metric-kind.ts';
import { amount, duration, level, rate } from '../format.ts';
import { seriesVariable } from '../parts/chart-colours.ts';

interface Props {
  readonly metrics: MetricSeriesAnswer['metrics'];
  /** What the numbers compared with are called. */
  readonly beforeWords: string;
  readonly onRemove: (kindName: string) => void;
}

interface Column {
  readonly title: string;
  readonly of: keyof MetricNumbers;
  readonly format: (value: number) => string;
}

const COUNTED: readonly Column[] = [
  { title: 'count', of: 'count', format: amount },
  { title: 'rate', of: 'rate', format: rate },
];
const TIMED: readonly Column[] = [
  { title: 'p50', of: 'p50', format: duration },
  { title: 'p95', of: 'p95', format: duration },
  { title: 'p99', of: 'p99', format: duration },
  { title: 'max', of: 'max', format: duration },
];
const GAUGED: readonly Column[] = [
  { title: 'last', of: 'last', format: level },
  { title: 'average', of: 'average', format: level },
  { title: 'min', of: 'min', format: level },
  { title: 'max', of: 'max', format: level },
];

/** The numbers of the whole range, one table for each kind of columns. */
export function MetricTables({ metrics, beforeWords, onRemove }: Props): JSX.Element {
  const placed = metrics.map((metric, place) => ({ metric, place }));
  const counted = placed.filter(({ metric }) => metric.kind !== 'gauge');
  const gauges = placed.filter(({ metric }) => metric.kind === 'gauge');
  const isTimed = metrics.some(({ kind }) => kind === 'timer');
  return (
    <>
      {counted.length > 0 && table('Numbers of the range', counted, isTimed ? [...COUNTED, ...TIMED] : COUNTED)}
      {gauges.length > 0 && table('Gauges of the range', gauges, GAUGED)}
    </>
  );

  function table(title: string, rows: typeof placed, columns: readonly Column[]): JSX.Element {
    return (
      <div class="scroll" tabIndex={0} role="region" aria-label={title}>
        <table>
          <thead>
            <tr>
              <th>name</th>
              {columns.map((column) => (
                <th key={column.title} class="number">
                  {column.title}
                </th>
              ))}
              <th aria-label="remove" />
            </tr>
          </thead>
          <tbody>
            {rows.map(({ metric, place }) => {
              const key = kindNameOf(metric);
              return [
                <tr key={key}>
                  <td class="named">
                    <span class="metric-key" style={{ background: `var(${seriesVariable(place)})` }} />
                    <bdi class="what">{metric.name}</bdi> <span class="who">{metric.kind}</span>
                  </td>
                  {cells(metric.now.whole, columns)}
                  <td class="number">
                    <button
                      type="button"
                      aria-label={`Take ${metric.name} off the graph`}
                      onClick={() => onRemove(key)}
                    >
                      ×
                    </button>
                  </td>
                </tr>,
                metric.before !== null && (
                  <tr key={`${key} before`} class="before">
                    <td>{beforeWords}</td>
                    {cells(metric.before.whole, columns)}
                    <td />
                  </tr>
                ),
              ];
            })}
          </tbody>
        </table>
      </div>
    );
  }
}

const cells = (numbers: MetricNumbers, columns: readonly Column[]): readonly JSX.Element[] =>
  columns.map(({ title, of, format }) => {
    const value = numbers[of];
    return (
      <td key={title} class="number" title={value === null ? undefined : String(value)}>
        {value === null ? '–' : format(value)}
      </td>
    );
  });
