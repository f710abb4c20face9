import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/core/schema.ts';
import { breadcrumbs } from '../../../src/node/captures/breadcrumbs.ts';
import { createTestMetlog } from '../../../src/testing/test-metlog.ts';

const exceptionOf = (messages: readonly Message[]): Message => messages.find(({ type }) => type === 'exception')!;

describe('breadcrumbs', () => {
  it('sends the last messages with an exception, the latest last', () => {
    const { metlog, messages } = createTestMetlog({ capture: [breadcrumbs({ max: 3 })] });
    metlog.incr('a');
    metlog.gauge('b', 1);
    metlog.info('c'.repeat(200));
    metlog.send('order.placed', { payload: 'seven', metadata: { total: 1 } });
    metlog.exception(new Error('boom'));
    const { metadata, timestamp } = exceptionOf(messages());
    expect(metadata['breadcrumbs']).toEqual([
      { timestamp, type: 'gauge', severity: 6, name: 'b' },
      { timestamp, type: 'log', severity: 6, text: `${'c'.repeat(120)}…` },
      { timestamp, type: 'order.placed', severity: 6, text: 'seven' },
    ]);
    expect(messages().filter((message) => 'breadcrumbs' in message.metadata)).toHaveLength(1);
  });

  it('forgets them when the client is disabled, and keeps none at 0', () => {
    const { metlog, messages } = createTestMetlog({ capture: [breadcrumbs()] });
    metlog.incr('a');
    metlog.setEnabled(false);
    metlog.setEnabled(true);
    metlog.exception(new Error('boom'));
    expect(exceptionOf(messages()).metadata).not.toHaveProperty('breadcrumbs');
    const none = createTestMetlog({ capture: [breadcrumbs({ max: 0 })] });
    none.metlog.incr('a');
    none.metlog.exception(new Error('boom'));
    expect(exceptionOf(none.messages()).metadata).not.toHaveProperty('breadcrumbs');
  });
});
