import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import type { Random } from '../../router/support/mutate.ts';

/** How often the path does what, each from 0 to 1. */
export interface Faults {
  readonly drop: number;
  readonly duplicate: number;
  /** Held back, so that later ones come first. */
  readonly delay: number;
  readonly maxDelayMs: number;
}

export interface LossyProxy {
  readonly port: number;
  /** How many messages each sender has numbered, by the headers that left it. */
  readonly numbered: ReadonlyMap<string, number>;
  /** From now on everything goes through; resolves once nothing is held back any more. */
  clean(): Promise<void>;
}

const HEADER = /^\{"metlog":1,.*?"sender":"([^"]+)","seq":(\d+)/;
const NEWLINE = 0x0a;
const CLEAN: Faults = { drop: 0, duplicate: 0, delay: 0, maxDelayMs: 0 };

/** The path between senders and the router at `routerPort`, which loses, doubles and delays datagrams. */
export async function startLossyProxy(routerPort: number, given: Faults, random: Random): Promise<LossyProxy> {
  const inward = createSocket('udp4');
  const onward = createSocket('udp4');
  const numbered = new Map<string, number>();
  let faults = given;
  let heldBack = 0;
  let onIdle = (): void => undefined;

  const forward = (datagram: Buffer): void => onward.send(datagram, routerPort, '127.0.0.1');

  /** The first line is the header; a last newline ends a line and begins none. */
  function note(datagram: Buffer): void {
    const [, sender, seq] = HEADER.exec(datagram.toString('latin1', 0, 512)) ?? [];
    if (sender === undefined) return; // a chunk
    const lines = datagram.reduce((count, byte) => (byte === NEWLINE ? count + 1 : count), 0) - 1;
    numbered.set(sender, Math.max(numbered.get(sender) ?? 0, Number(seq) + lines));
  }

  inward.on('message', (datagram: Buffer) => {
    note(datagram);
    if (random.next() < faults.drop) return;
    if (random.next() < faults.duplicate) forward(datagram);
    if (random.next() >= faults.delay) return forward(datagram);
    heldBack += 1;
    setTimeout(() => {
      forward(datagram);
      heldBack -= 1;
      if (heldBack === 0) onIdle();
    }, random.below(faults.maxDelayMs));
  });
  inward.bind(0, '127.0.0.1');
  await once(inward, 'listening');
  inward.setRecvBufferSize(4 * 1024 * 1024); // what it loses is to be by choice
  onTestFinished(() => {
    inward.close();
    onward.close();
  });
  return {
    port: inward.address().port,
    numbered,
    async clean() {
      faults = CLEAN;
      if (heldBack > 0) await new Promise<void>((resolve) => (onIdle = resolve));
    },
  };
}
