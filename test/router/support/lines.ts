/** Midday, so that a test that does not mean midnight does not meet it. */
export const NOON_MS = Date.parse('2026-11-22T12:00:00.000Z');

export function headerLine(fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ metlog: 1, logger: 'shop', ...fields });
}

export function messageLine(name = 'login.ok', fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    type: 'counter',
    timestamp: '2026-11-22T12:00:00.000Z',
    severity: 6,
    payload: '1',
    metadata: { name, rate: 1 },
    ...fields,
  });
}

/** A datagram of `count` counters, named by their number. */
export function datagram(sender: string, seq: number, count: number): string {
  const lines = Array.from({ length: count }, (_, i) => messageLine(`n${seq + i}`));
  return [headerLine({ sender, seq }), ...lines, ''].join('\n');
}

/** A message as deployed Metlog clients send it. */
export function legacyMessage(fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    env_version: '0.8',
    type: 'order.placed',
    timestamp: '2026-11-22T12:00:00.000000',
    logger: 'shop',
    severity: 6,
    payload: '',
    fields: {},
    ...fields,
  });
}
