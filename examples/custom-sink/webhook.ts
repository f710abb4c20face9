import type { SinkFactory } from 'metlog/router';

/** Posts messages to a webhook, a batch as one JSON array. Waiting, trying again and counting are the router's. */
export const webhook =
  (url: string): SinkFactory =>
  ({ name }) => {
    let isClosed = false;
    return {
      name,
      async write(messages, signal) {
        if (isClosed) throw new Error('the sink is closed');
        if (messages.length === 0) return {};
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(messages), signal });
        await response.body?.cancel();
        if (response.ok) return {};
        const reason = `the webhook answered ${response.status}`;
        if (response.status >= 500 || response.status === 429) return { retry: { reason } };
        return { refused: messages.map((_, index) => ({ index, reason })) };
      },
      async close() {
        isClosed = true;
      },
    };
  };
