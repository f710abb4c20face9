import type { Sink, SinkContext } from '../sink.ts';
import { LOOPBACK_DATAGRAM_BYTES, STATSD_DEFAULTS, type StatsdSpec } from './statsd-spec.ts';
import { statsdLine } from './statsd/line.ts';
import { createStatsdNames } from './statsd/names.ts';
import { packLines } from './statsd/pack.ts';
import { isLoopback, literalAddress } from './statsd/resolve.ts';
import { createTcpLink } from './statsd/tcp-link.ts';
import { createUdpLink } from './statsd/udp-link.ts';

/**
 * Counters, timers and gauges to a statsd. What is no metric is refused; metrics past `maxNames` are left out as `cardinality`. A batch of which
 * a part may not have arrived comes again as a whole, so that a counter may count twice after a failure, and never too little.
 */
export function createStatsdSink(spec: StatsdSpec, { name, clock, warn }: SinkContext): Sink {
  const { host, port, protocol, name: template, tagForm, maxNames } = { ...STATSD_DEFAULTS, ...spec };
  const maxDatagramBytes = spec.maxDatagramBytes ?? defaultDatagramBytes(host);
  const nameOf = createStatsdNames({
    template,
    tags: spec.tags ?? [],
    tagForm,
    maxNames,
    maxNameBytes: maxDatagramBytes,
  });
  const link = protocol === 'tcp' ? createTcpLink({ host, port }) : createUdpLink({ host, port }, clock);
  const leftOut = { cardinality: 0 };

  function leaveOut(count: number): void {
    if (count === 0) return;
    if (leftOut.cardinality === 0) {
      warn(`there are ${maxNames} metrics by now (maxNames); messages of any other are left out`);
    }
    leftOut.cardinality += count;
  }

  return {
    name,
    leftOut,
    async write(messages, signal) {
      const packed = packLines(messages, (message) => statsdLine(message, nameOf), maxDatagramBytes);
      const sent = await link.send(packed.datagrams, signal);
      const from = packed.firsts[sent] ?? messages.length;
      leaveOut(packed.leftOut.filter((index) => index < from).length);
      const refused = packed.refused.length > 0 ? { refused: packed.refused } : {};
      return from === messages.length ? refused : { ...refused, retry: { from, reason: 'statsd does not read' } };
    },
    close() {
      link.close();
      return Promise.resolve();
    },
  };
}

function defaultDatagramBytes(host: string): number {
  const address = literalAddress(host);
  return address && isLoopback(address) ? LOOPBACK_DATAGRAM_BYTES : STATSD_DEFAULTS.maxDatagramBytes;
}
