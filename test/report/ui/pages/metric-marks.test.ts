import { expect, it } from 'vitest';
import { missingWords } from '../../../../src/report/ui/pages/metric-marks.ts';

const NOW_MS = new Date(2026, 10, 22, 12).getTime();
const at = (hour: number): string => new Date(2026, 10, 22, hour).toISOString();
const ANSWER = { deploys: [], releases: [], missing: [], older: null, isExact: true } as const;

it('says what is missing where a graph is shaded, and what cannot be shaded', () => {
  expect(missingWords(ANSWER, NOW_MS)).toEqual([]);
  const missing = [{ from: at(9), to: at(10), missing: 1, received: 99 }];
  const older = { missing: 3, received: 997 };
  const [shaded, ...others] = missingWords({ ...ANSWER, missing, older }, NOW_MS);
  expect(shaded).toMatch(/^1 % missing between \S+/);
  expect(others).toEqual(['0.3 % missing in hours of more than two days ago, known only all together and not shaded']);
  expect(missingWords({ ...ANSWER, older, isExact: false }, NOW_MS)[0]).toMatch(/^≥ 0\.3 %/);
});
