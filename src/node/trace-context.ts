/** A span as W3C and OpenTelemetry name it: 32 and 16 hexadecimal digits. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** `version-trace-span-flags`; later versions may say more. https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/;

/** The caller's span in a `traceparent` header; undefined for what is none. */
export function parseTraceparent(header: string): SpanIds | undefined {
  const [, traceId, spanId] = TRACEPARENT.exec(header.trim()) ?? [];
  return traceId !== undefined && spanId !== undefined ? { traceId, spanId } : undefined;
}

/** What `@opentelemetry/api` 1.x keeps for all copies of itself, as far as it is needed here. https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/global-utils.ts */
interface OpenTelemetry {
  readonly context?: { active(): { getValue(key: symbol): { spanContext(): SpanIds } | undefined } };
}

const OPEN_TELEMETRY = Symbol.for('opentelemetry.js.api.1');
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');

/** OpenTelemetry's active span, if the application uses it. Never throws. */
export function activeSpan(): SpanIds | undefined {
  const { context } = (globalThis as { [OPEN_TELEMETRY]?: OpenTelemetry })[OPEN_TELEMETRY] ?? {};
  if (!context) return undefined;
  try {
    const ids = context.active().getValue(SPAN)?.spanContext();
    return ids && /[1-9a-f]/.test(ids.traceId) ? ids : undefined; // zeros where nothing is traced
  } catch {
    return undefined; // another version's, which is nothing to us
  }
}
