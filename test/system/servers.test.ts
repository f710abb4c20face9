import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startGraphite } from './servers/graphite.ts';
import { accepts } from './servers/accepts.ts';
import { startSpotlight } from './servers/spotlight.ts';
import { startStatsd } from './servers/statsd.ts';
import { wantParts } from './support/parts.ts';

// The servers by themselves: what the other tests read from them is what was sent to them.

wantParts('statsd', 'spotlight', 'carbon', 'graphite-web', 'gunicorn');

function sendDatagram(port: number, text: string): Promise<void> {
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) =>
    socket.send(text, port, '127.0.0.1', (error) => {
      socket.close();
      if (error) reject(error);
      else resolve();
    }),
  );
}

describe('statsd', () => {
  it('writes down what it counted when it is stopped, and is gone then', async () => {
    const statsd = await startStatsd();
    await sendDatagram(statsd.port, 'a:3|c\nb:1|c|@0.1\nt:10|ms\nt:20|ms\ng:-5|g');
    await sendDatagram(statsd.port, 'a:4|c');
    await expect.poll(() => statsd.counter('a')).toBe(7);
    await statsd.stop();
    const [flush] = await statsd.flushes();
    expect(flush).toMatchObject({ counters: { a: 7, b: 10 }, timers: { t: [10, 20] }, gauges: { g: -5 } });
    expect(() => process.kill(statsd.pid, 0)).toThrow('ESRCH');
  });
});

describe('Graphite', () => {
  it('renders what carbon was told, to the second', async () => {
    const graphite = await startGraphite();
    const socket = connect(graphite.linePort, '127.0.0.1');
    await once(socket, 'connect');
    const now = Math.floor(Date.now() / 1_000);
    socket.end(`shop.orders 41 ${now - 1}\nshop.orders 42 ${now}\n`);
    await expect.poll(() => graphite.render('shop.*')).toEqual({ 'shop.orders': [41, 42] });
    await graphite.stop();
    expect(await accepts(graphite.linePort)).toBe(false);
  });
});

describe('Spotlight', () => {
  it('shows the envelopes that were posted to it', async () => {
    const spotlight = await startSpotlight();
    const { origin } = new URL(spotlight.dsn);
    const event = { event_id: '9ec79c33ec9942ab8353589fcb2e04dc', message: 'hello' };
    const payload = JSON.stringify(event);
    const body = `{"event_id":"${event.event_id}"}\n{"type":"event","length":${payload.length}}\n${payload}\n`;
    const headers = { 'content-type': 'application/x-sentry-envelope' };
    const answer = await fetch(`${origin}/api/42/envelope/?sentry_key=public`, { method: 'POST', body, headers });
    expect(answer.status).toBe(200);
    await expect.poll(() => spotlight.envelopes).toHaveLength(1);
    expect(spotlight.envelopes[0]?.[1]).toMatchObject([[{ type: 'event' }, event]]);
  });
});
