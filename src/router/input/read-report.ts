import { DROP_REASONS, type DropReason } from '../../core/drop-reason.ts';
import { isCount } from '../../core/header.ts';
import { isRecord, parseJson } from '../../core/json.ts';
import { REPORT_TYPE, type SenderReport } from '../../core/report.ts';

/** A canonical line of a report begins so, and nearly every other line differs from it at the tenth character. */
export const REPORT_START = `{"type":"${REPORT_TYPE}"`;

/** What of a report the path's book wants. */
export type ReportedBook = Pick<SenderReport, 'dropped' | 'ageMs' | 'final'>;

/** Reads the report in a canonical line. It came from outside: what is not as it should be is as if it were not there. */
export function readReport(line: string): ReportedBook {
  const value = parseJson(line);
  const metadata = isRecord(value) && isRecord(value['metadata']) ? value['metadata'] : {};
  const given = isRecord(metadata['dropped']) ? metadata['dropped'] : {};
  const dropped: Partial<Record<DropReason, number>> = {};
  for (const reason of DROP_REASONS) {
    const count = given[reason];
    if (isCount(count) && count > 0) dropped[reason] = count;
  }
  const { ageMs } = metadata;
  return { dropped, ageMs: typeof ageMs === 'number' ? ageMs : Infinity, final: metadata['final'] === true };
}
