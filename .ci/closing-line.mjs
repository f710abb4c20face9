// Adds up what the test runs reported, and fails when a test failed or was skipped: what cannot run here must be installed, not passed over.
import { readFileSync } from 'node:fs';

const runs = ['unit', 'packed', 'system', 'browser'].map((name) =>
  JSON.parse(readFileSync(`node_modules/.cache/tests/${name}.json`, 'utf8')),
);
const sum = (key) => runs.reduce((total, run) => total + run[key], 0);
const [passed, failed, skipped] = [
  sum('numPassedTests'),
  sum('numFailedTests'),
  sum('numPendingTests') + sum('numTodoTests'),
];
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed + skipped > 0 || passed === 0 ? 1 : 0);
