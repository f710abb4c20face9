import { expect, it } from 'vitest';
import { tailedLine } from '../../../../src/report/ui/messages/line.ts';

it.each([
  ['timer', 'load  12 ms'],
  ['counter', 'load  12'],
  ['constructor', 'load  12'],
])('says name and value of a %s', (type, said) => {
  const message = { timestamp: '2026-11-28T10:00:00.000Z', type, logger: 'web', payload: '12' };
  expect(tailedLine({ ...message, severity: 6, metadata: { name: 'load' } }).said).toBe(said);
});
