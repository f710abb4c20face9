import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Relay } from './relay.ts';

/** Answers a request of node:http. Resolves once it has answered; never rejects. */
export type NodeHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

/** What a body parser in front, such as Express's, may have left of a request. */
type Parsed = IncomingMessage & { readonly body?: unknown; rawBody?: unknown };

/**
 * The relay for a server of node:http, and for what is built on it: `app.all('/v1/messages', toNodeHandler(relay))` in Express. It tells the relay the
 * socket's address. A parser that has read the body before, as text or as bytes, does no harm; one that has made JSON of it does.
 */
export function toNodeHandler(relay: Pick<Relay, 'fetch'>): NodeHandler {
  let loading: Promise<NodeHandler> | undefined;

  async function load(): Promise<NodeHandler> {
    // Loaded late, so that the relay can be imported where there is no Node.
    const { getRequestListener } = await import('@hono/node-server');
    return getRequestListener(
      (request, { incoming }) => relay.fetch(request, { address: incoming.socket.remoteAddress }),
      { overrideGlobalObjects: false },
    );
  }

  return async (incoming, outgoing) => {
    giveBack(incoming);
    const handle = await (loading ??= load());
    await handle(incoming, outgoing);
  };
}

/** Where a parser has emptied the stream, the listener takes `rawBody` in its place. */
function giveBack(incoming: Parsed): void {
  const { body, rawBody } = incoming;
  if (!incoming.readableDidRead || rawBody !== undefined) return;
  if (typeof body === 'string' || body instanceof Uint8Array) incoming.rawBody = Buffer.from(body);
}
