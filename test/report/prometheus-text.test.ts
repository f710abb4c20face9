import { describe, expect, it } from 'vitest';
import { prometheusText, type MetricFamily } from '../../src/report/prometheus-text.ts';

const gauge = (samples: MetricFamily['samples'], help = 'How deep.'): MetricFamily => ({
  name: 'metlog_depth',
  help,
  type: 'gauge',
  samples,
});

describe('prometheusText', () => {
  it('writes help and type, then one sample a line', () => {
    const families: MetricFamily[] = [
      { name: 'metlog_a_total', help: 'What happened.', type: 'counter', samples: [{ value: 12 }] },
      gauge([
        { labels: { sink: 'a', state: 'open' }, value: 1 },
        { labels: { sink: 'b', state: 'open' }, value: 0.25 },
      ]),
    ];
    expect(prometheusText(families)).toBe(
      [
        '# HELP metlog_a_total What happened.',
        '# TYPE metlog_a_total counter',
        'metlog_a_total 12',
        '# HELP metlog_depth How deep.',
        '# TYPE metlog_depth gauge',
        'metlog_depth{sink="a",state="open"} 1',
        'metlog_depth{sink="b",state="open"} 0.25',
        '',
      ].join('\n'),
    );
  });

  it('leaves a family without samples out, as nothing is known of it', () => {
    expect(prometheusText([gauge([])])).toBe('');
  });

  it.each([
    ['a "quoted" word', 'a \\"quoted\\" word'],
    ['C:\\new', 'C:\\\\new'],
    ['two\nlines', 'two\\nlines'],
    ['\\\n"', '\\\\\\n\\"'],
    ['"} 1\nmetlog_depth{logger="forged"} 99\n#', '\\"} 1\\nmetlog_depth{logger=\\"forged\\"} 99\\n#'],
    ['größe 尺寸 🙂', 'größe 尺寸 🙂'],
    ['a\rb\u2028c', 'a\rb\u2028c'],
    ['', ''],
  ])('keeps the label value %j on one line and in its quotes', (value, written) => {
    const text = prometheusText([gauge([{ labels: { logger: value }, value: 1 }])]);
    expect(text.split('\n')[2]).toBe(`metlog_depth{logger="${written}"} 1`);
    expect(text.split('\n')).toHaveLength(4);
  });

  it('writes help on one line', () => {
    expect(prometheusText([gauge([{ value: 1 }], 'one\\\ntwo "three"')])).toContain(
      '# HELP metlog_depth one\\\\\\ntwo "three"\n',
    );
  });

  it.each([
    [0, '0'],
    [-0, '0'],
    [9_007_199_254_740_991, '9007199254740991'],
    [1e-7, '1e-7'],
    [1e21, '1e+21'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ])('writes the number %d as %s', (value, written) => {
    expect(prometheusText([gauge([{ value }])])).toContain(`\nmetlog_depth ${written}\n`);
  });
});
