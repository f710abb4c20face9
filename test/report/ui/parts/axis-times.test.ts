import { expect, it } from 'vitest';
import { axisTimes } from '../../../../src/report/ui/parts/axis-times.ts';

const at = (text: string): number => new Date(text).getTime(); // without a zone: the reader's

it('says seconds where the steps are small', () => {
  expect(axisTimes([at('2026-11-22T10:00:00'), at('2026-11-22T10:00:30')], 30_000)).toEqual(['10:00:00', '10:00:30']);
});

it('says the day where a new one begins, and days alone where the steps are days', () => {
  const [before, after] = [at('2026-11-22T22:00:00'), at('2026-11-23T04:00:00')];
  expect(axisTimes([before, after], 21_600_000)).toEqual(['22:00', expect.stringMatching(/^04:00\n.*23/)]);
  expect(axisTimes([at('2026-11-22T00:00:00')], 86_400_000)).toEqual([expect.stringMatching(/22/)]);
});
