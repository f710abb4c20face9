import { context, trace, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { afterEach, describe, expect, it } from 'vitest';
import { contextMetadata, runInRequest } from '../../src/node/request-context.ts';
import { parseTraceparent } from '../../src/node/trace-context.ts';
import { watch } from '../frameworks/support.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

afterEach(() => context.disable());

describe('the context of a message', () => {
  it('is none outside of a request and of a span', () => {
    expect(contextMetadata()).toBeUndefined();
  });

  it("is a request's ids, made once", () => {
    runInRequest({ requestId: undefined, headers: () => ({}) }, () => {
      const { request_id: id } = contextMetadata() ?? {};
      expect(id).toMatch(/^[0-9a-f-]{36}$/);
      expect(contextMetadata()).toEqual({ request_id: id });
    });
  });

  it.each(['', 'a b', 'x'.repeat(129), '{}', 'a\nb'])('takes no request id such as %j', (requestId) => {
    runInRequest({ requestId, headers: () => ({}) }, () => {
      expect(contextMetadata()?.['request_id']).toMatch(/^[0-9a-f-]{36}$/);
    });
  });

  it("is OpenTelemetry's active span, which is nearer than the caller's", () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const span = trace.wrapSpanContext({ traceId: TRACE, spanId: SPAN, traceFlags: TraceFlags.SAMPLED });
    context.with(trace.setSpan(context.active(), span), () => {
      expect(contextMetadata()).toEqual({ trace_id: TRACE, span_id: SPAN });
      runInRequest(
        { requestId: 'r1', headers: () => ({ traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` }) },
        () => {
          expect(contextMetadata()).toEqual({ request_id: 'r1', trace_id: TRACE, span_id: SPAN });
        },
      );
    });
    expect(contextMetadata()).toBeUndefined();
  });

  it('is not of counters that were summed over several requests', async () => {
    const { metlog, sent } = await watch({ aggregate: true });
    for (const requestId of ['one', 'two'])
      runInRequest({ requestId, headers: () => ({}) }, () => {
        metlog.incr('seen');
        metlog.info('told');
      });
    const messages = await sent();
    expect(messages.filter(({ type }) => type === 'log').map(({ metadata }) => metadata['request_id'])).toEqual([
      'one',
      'two',
    ]);
    const counters = messages.filter(({ type }) => type === 'counter');
    expect(counters).toMatchObject([{ payload: '2', metadata: { calls: 2 } }]);
    expect(counters[0]?.metadata).not.toHaveProperty('request_id');
  });

  it('loses to what the call says, and wins over the client', async () => {
    const { metlog, sent } = await watch({ metadata: { request_id: 'client' } });
    runInRequest({ requestId: 'request', headers: () => ({}) }, () => {
      metlog.send('a');
      metlog.send('b', { metadata: { request_id: 'call' } });
    });
    expect((await sent()).map(({ metadata }) => metadata['request_id'])).toEqual(['request', 'call']);
  });
});

describe('traceparent', () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, true],
    [` 00-${TRACE}-${SPAN}-00 `, true],
    [`cc-${TRACE}-${SPAN}-01-what-comes-later`, true],
    [`ff-${TRACE}-${SPAN}-01`, false],
    [`00-${'0'.repeat(32)}-${SPAN}-01`, false],
    [`00-${TRACE}-${'0'.repeat(16)}-01`, false],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, false],
    [`00-${TRACE}-${SPAN}`, false],
    ['', false],
  ])('%j: %s', (header, isOne) => {
    expect(parseTraceparent(header)).toEqual(isOne ? { traceId: TRACE, spanId: SPAN } : undefined);
  });
});
