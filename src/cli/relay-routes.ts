import type { Relay, RequestInfo } from '../relay/relay.ts';
import type { Script } from '../relay/script.ts';
import { answer } from '../report/answers.ts';
import { foreignHost } from '../report/guards.ts';
import { processMetrics, relayMetrics } from '../report/metrics.ts';
import { readProcessUse } from '../report/process-use.ts';
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from '../report/prometheus-text.ts';

export interface RelayRoutesOptions {
  /** It listens on a loopback address: then only what was sent to this machine's own names is answered, and `/metrics` too. */
  readonly isLocal: boolean;
  readonly script: Script;
}

const NO_HOSTS: ReadonlySet<string> = new Set();

/** The HTTP side of `metlog relay`. */
export function relayRoutes(
  relay: Relay,
  { isLocal, script }: RelayRoutesOptions,
): (request: Request, info: RequestInfo) => Promise<Response> {
  return async (request, info) => {
    const foreign = isLocal ? foreignHost(request, NO_HOSTS) : null;
    if (foreign !== null) return relay.refuse('wrong-host', foreign);
    const { pathname } = new URL(request.url);
    if (pathname === '/v1/messages') return relay.fetch(request, info);
    const isGet = request.method === 'GET' || request.method === 'HEAD';
    if (isGet && pathname === '/healthz') return answer(200, { status: 'ok' });
    if (isGet && pathname === '/metrics' && isLocal) {
      return new Response(prometheusText([...relayMetrics(relay.stats()), ...processMetrics(readProcessUse())]), {
        headers: { 'content-type': PROMETHEUS_CONTENT_TYPE, 'cache-control': 'no-store' },
      });
    }
    return (await script(request)) ?? relay.refuse('wrong-path', 'there is nothing at this path');
  };
}
