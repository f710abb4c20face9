import { decode } from '../../../src/core/decode.ts';
import type { HttpOutcome } from '../../../src/core/http-transport.ts';
import { createSender } from '../../../src/core/sender.ts';
import type { SendResult } from '../../../src/core/transport.ts';
import type { Kept } from '../../../src/browser/kept.ts';
import type { Net } from '../../../src/browser/net.ts';
import { createPageTransport, type PageTransport } from '../../../src/browser/page-transport.ts';
import { createManualPlatform, type ManualPlatform } from '../../../src/testing/manual-clock.ts';

const RELAY = 'https://relay.example/v1/messages';

/** Storage that outlives pages. */
export interface MemoryKept extends Kept {
  readonly texts: Map<string, string>;
  isFull: boolean;
}

export function createMemoryKept(): MemoryKept {
  const texts = new Map<string, string>();
  let count = 0;
  const kept: MemoryKept = {
    texts,
    isFull: false,
    put(text) {
      if (kept.isFull) return undefined;
      const key = `key${++count}`;
      texts.set(key, text);
      return key;
    },
    next() {
      for (const [key, text] of texts) return { key, text };
      return undefined;
    },
    remove: (key) => void texts.delete(key),
    clear: () => texts.clear(),
  };
  return kept;
}

/** A page's ways out, and a relay at their end that books what comes. */
export interface TestPage {
  readonly transport: PageTransport;
  readonly platform: ManualPlatform;
  readonly kept: MemoryKept;
  /** What each request was: `fetch`, `keepalive` or `beacon`. */
  readonly requests: string[];
  /** Numbers of the messages that arrived, each once, in the order of their arrival. */
  readonly arrived: number[];
  /** Numbers that arrived again. */
  readonly again: number[];
  isOnline: boolean;
  /** How many beacons the browser takes from here on. */
  beaconsLeft: number;
  /** What the next requests come to, one each; then 202. */
  readonly outcomes: HttpOutcome[];
  /** While true, requests hang. */
  isHanging: boolean;
  /** Settles what hangs. */
  release(): void;
  /** Sends `count` messages of `bytes` each as one datagram; resolves as the transport does. */
  send(count: number, bytes?: number): Promise<SendResult>;
  /** The same, while the page's task goes on. */
  put(count: number, bytes?: number): Promise<SendResult>;
}

export function createTestPage(kept = createMemoryKept()): TestPage {
  const platform = createManualPlatform();
  const sender = createSender('page', platform);
  let hanging: (() => void)[] = [];
  const seen = new Set<string>();

  function receive(text: string): void {
    const decoded = decode(text, platform.now());
    if (!decoded.ok) throw new Error(`a relay would refuse it: ${decoded.reason}`);
    for (const { header, lines } of decoded.batches) {
      lines.forEach((_, index) => {
        const seq = (header.seq ?? 0) + index;
        const name = `${header.sender ?? ''} ${seq}`;
        (seen.has(name) ? page.again : page.arrived).push(seq);
        seen.add(name);
      });
    }
  }

  const net: Net = {
    async post(_, text, keepalive) {
      page.requests.push(keepalive ? 'keepalive' : 'fetch');
      const outcome = page.outcomes.shift() ?? { status: 202, body: '', retryAfter: null };
      if (page.isHanging) await new Promise<void>((resolve) => hanging.push(resolve));
      if ('status' in outcome && outcome.status === 202) receive(text);
      return outcome;
    },
    beacon(_, text) {
      if (page.beaconsLeft === 0) return false;
      page.beaconsLeft -= 1;
      page.requests.push('beacon');
      receive(text);
      return true;
    },
    isOnline: () => page.isOnline,
  };
  const page: TestPage = {
    transport: createPageTransport(RELAY, Infinity, { platform, net, kept }),
    platform,
    kept,
    requests: [],
    arrived: [],
    again: [],
    isOnline: true,
    beaconsLeft: Infinity,
    outcomes: [],
    isHanging: false,
    release() {
      page.isHanging = false;
      const released = hanging;
      hanging = [];
      for (const resolve of released) resolve();
    },
    send(count, bytes) {
      const sent = page.put(count, bytes);
      platform.advance(0); // it begins in a task of its own
      return sent;
    },
    put(count, bytes = 100) {
      const fill = 'x'.repeat(bytes);
      const line = `{"type":"t","timestamp":"2026-11-22T10:44:00.123Z","severity":6,"payload":"${fill}","metadata":{}}`;
      return page.transport.send(sender.number(Array.from({ length: count }, () => line)));
    },
  };
  return page;
}
