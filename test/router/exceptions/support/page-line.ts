import { describePageException } from '../../../../src/browser/describe-exception.ts';
import { encodeLine } from '../../../../src/core/encode.ts';
import type { DescribedException } from '../../../../src/core/exception.ts';
import type { JsonObject } from '../../../../src/core/json.ts';

/** What a page says of an exception that nobody caught. */
export const pageException = (thrown: Error): DescribedException =>
  describePageException(thrown, { type: 'onerror', handled: false }, () => false);

/** The same as a line below a header of the logger `shop`, with this in its metadata and in `exception`, and perhaps another payload. */
export function pageLine(thrown: Error, metadata: JsonObject = {}, more: JsonObject = {}, stack?: string): string {
  const { payload, exception } = pageException(thrown);
  return encodeLine({
    type: 'exception',
    timestamp: '2026-11-22T10:44:00.123Z',
    severity: 3,
    payload: stack ?? payload,
    metadata: { ...metadata, exception: { ...exception, ...more } },
  });
}
