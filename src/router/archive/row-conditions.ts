import type { RowCondition } from '../../store/messages/row-test-sql.ts';
import type { Match } from '../routes/route.ts';
import { parseCondition } from '../routes/value-test.ts';

/** A match as the store says it. The configuration's check has let through what can be said in SQL. */
export const rowConditions = (match: Match): readonly RowCondition[] =>
  Object.entries(match).map(([on, condition]) => {
    const test = parseCondition(condition);
    if (test === undefined) throw new Error(`the archive's ${on} is no condition`);
    return { on, test };
  });
