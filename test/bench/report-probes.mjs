const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Users of the store are numbered from 0. */
const USERS = 100_000;
const ANSWER_MS = 300;

/**
 * What is asked of the report: `ask(n)` is the n-th request, each with another window or value; `targetMs` is what the 95th percentile may be when warm.
 * Windows end near the store's own end, `endMs`, so that they are as full as they would be for somebody who looks now. `found` are texts that the store has.
 */
export function reportProbes(endMs, { names, requests, fingerprints }) {
  const pick = (list, n) => list[n % list.length];
  const window = (lengthMs, n) => {
    const toMs = endMs - n * 61_000;
    return { from: new Date(toMs - lengthMs).toISOString(), to: new Date(toMs).toISOString() };
  };
  const get = (path, parameters) => ({ path: `${path}?${new URLSearchParams(parameters)}` });
  return [
    ...[
      ['1 h', HOUR_MS],
      ['24 h', DAY_MS],
      ['7 d', 7 * DAY_MS],
    ].flatMap(([length, ms]) => [
      { label: `overview, ${length}`, ask: (n) => get('/api/overview', window(ms, n)) },
      { label: `metrics, ${length}`, ask: (n) => get('/api/metrics', window(ms, n)) },
      { label: `exceptions, ${length}`, ask: (n) => get('/api/exceptions', window(ms, n)) },
    ]),
    {
      label: 'one timer, 7 d',
      ask: (n) => get('/api/metrics/series', { ...window(7 * DAY_MS, n), name: `timer:${pick(names, n)}` }),
    },
    {
      label: 'one group of exceptions, 7 d',
      ask: (n) => get(`/api/exceptions/${pick(fingerprints, n)}`, window(7 * DAY_MS, n)),
    },
    { label: 'what needs attention', ask: () => get('/api/attention', {}) },
    { label: 'newest messages, 7 d', ask: (n) => get('/api/messages', window(7 * DAY_MS, n)) },
    {
      label: 'messages of a user, by metadata, 24 h',
      ask: (n) => get('/api/messages', { ...window(DAY_MS, n), metadata: `userId=u${(n * 7919) % USERS}` }),
    },
    {
      label: 'messages of a user, by metadata, 7 d',
      ask: (n) => get('/api/messages', { ...window(7 * DAY_MS, n), metadata: `userId=u${(n * 7919) % USERS}` }),
    },
    {
      label: 'messages of a user, by metadata and type, 7 d',
      ask: (n) =>
        get('/api/messages', {
          ...window(7 * DAY_MS, n),
          type: 'order.placed',
          metadata: `userId=u${(n * 7919) % USERS}`,
        }),
    },
    {
      label: 'messages of a request, by metadata, 7 d',
      ask: (n) => get('/api/messages', { ...window(7 * DAY_MS, n), metadata: `request_id=${pick(requests, n).id}` }),
    },
    {
      label: 'messages of a request, whose time is known',
      ask: (n) =>
        get('/api/related', { key: 'request_id', value: pick(requests, n).id, at: pick(requests, n).received }),
    },
    {
      label: 'messages with a text, 24 h',
      ask: (n) => get('/api/messages', { ...window(DAY_MS, n), text: `order ${n * 7919}` }),
    },
  ].map((probe) => ({ targetMs: ANSWER_MS, ...probe }));
}
