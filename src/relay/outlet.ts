import { encodeHeader } from '../core/encode.ts';
import { findSignature } from '../core/find-signature.ts';
import type { JsonObject } from '../core/json.ts';
import { pagePermit, type LinePermit } from '../core/line-permit.ts';
import type { Clock } from '../core/platform.ts';
import { formatTimestamp } from '../core/timestamp.ts';
import { withReasons, type Acceptance } from './acceptance.ts';
import type { BoundedBody } from './body-lines.ts';
import type { Forwarder } from './forward.ts';
import type { PageKey } from './keys.ts';
import type { Deliver } from './relay-options.ts';
import { screen } from './screen.ts';

/** What is known of whoever sent a body. */
export interface Sender {
  /** The key that it was let in with. */
  readonly key: PageKey | undefined;
  /** Added to the metadata of each message. */
  readonly extra: JsonObject;
}

/** Where bodies go. */
export interface Outlet {
  /** Whether signatures are verified there, and so count as a key. */
  readonly verifiesSignatures: boolean;
  take(body: BoundedBody, sender: Sender): Promise<Acceptance>;
  close(): Promise<void>;
}

type Now = Pick<Clock, 'now'>;

/** Hands bodies on as they are, to something that decodes them and holds them against the key. */
export function directOutlet(deliver: Deliver, clock: Now): Outlet {
  async function rewritten(body: BoundedBody, { key, extra }: Sender): Promise<Acceptance> {
    const screened = screen(body.bytes, clock.now(), key?.permit ?? ANYTHING, extra);
    if (!screened.ok) return { rejected: screened.reason };
    const [batch, ...more] = screened.batches;
    // An array of deployed clients' messages, which are no pages, has no one header: it goes on as it is.
    if (batch === undefined || more.length > 0) return deliver(body.bytes, key?.id);
    const lines = batch.lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
    const header = encodeHeader({ ...batch.header, sent: formatTimestamp(clock.now()) });
    const acceptance = await deliver(encoder.encode(`${header}\n${lines.join('\n')}\n`), key?.id);
    return withReasons(acceptance, new Map(screened.refused.map(({ line, error }) => [line, error])));
  }

  return {
    verifiesSignatures: true,
    async take(body, sender) {
      const isAsItIs = Object.keys(sender.extra).length === 0 || findSignature(body.bytes) !== -1;
      const acceptance = isAsItIs ? await deliver(body.bytes, sender.key?.id) : await rewritten(body, sender);
      return withReasons(acceptance, tooLongReasons(body));
    },
    close: () => Promise.resolve(),
  };
}

/** Checks bodies and sends them on by UDP. */
export function forwardingOutlet(forwarder: Forwarder, clock: Now): Outlet {
  return {
    verifiesSignatures: false,
    async take(body, { key, extra }) {
      const screened = screen(body.bytes, clock.now(), key?.permit ?? ANY_PAGE, extra);
      if (!screened.ok) return { rejected: screened.reason };
      const { left, refused } = await forwarder.forward(screened.batches, screened.firstLine);
      if (!left) return { rejected: 'unreachable' };
      const all = [...screened.refused, ...refused].sort((a, b) => a.line - b.line);
      const lineCount = screened.batches.reduce((count, { lines }) => count + lines.length, 0);
      const acceptance: Acceptance = { accepted: lineCount - all.length, duplicates: 0, refused: all };
      return withReasons(acceptance, tooLongReasons(body));
    },
    close: () => forwarder.close(),
  };
}

const ANY_PAGE = /* @__PURE__ */ pagePermit();
/** What is decoded again further on is held against everything there. */
const ANYTHING: LinePermit = () => true;

const encoder = /* @__PURE__ */ new TextEncoder();

const tooLongReasons = ({ tooLong }: BoundedBody): ReadonlyMap<number, string> =>
  new Map(tooLong.map((line) => [line, 'too-large']));
