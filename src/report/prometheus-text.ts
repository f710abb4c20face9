/** Numbers of one name, and what they say. */
export interface MetricFamily {
  /** ASCII letters, digits and `_`; a counter's ends in `_total`. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  /** A counter never goes down while the process lives, a gauge may. */
  readonly type: 'counter' | 'gauge';
  /** No two have the same labels. */
  readonly samples: readonly MetricSample[];
}

export interface MetricSample {
  /** Names as the family's, values of any text. @default none */
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The type of what `prometheusText` gives. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * The families in Prometheus' text format, a line each for help and type and one for each sample. Families without samples are left out.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function prometheusText(families: readonly MetricFamily[]): string {
  let text = '';
  for (const { name, help, type, samples } of families) {
    if (samples.length === 0) continue;
    text += `# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${type}\n`;
    for (const { labels = {}, value } of samples) text += `${name}${labelsText(labels)} ${valueText(value)}\n`;
  }
  return text;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapedValue(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escapedHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapedValue = (text: string): string => escapedHelp(text).replaceAll('"', '\\"');

/** As Go reads floats. */
function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
