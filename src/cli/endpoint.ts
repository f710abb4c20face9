import { originPolicy } from '../relay/origins.ts';
import { isBlockedPort } from './blocked-ports.ts';
import { UsageError, type OptionSpec } from './command.ts';
import { toPort, type Given } from './option-values.ts';
import { quoted } from './terminal-text.ts';

/** Where a server listens for HTTP. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** What said so. */
  readonly from: string;
}

export const DEFAULT_HTTP_PORT = '5566';

export const ORIGIN_OPTION: OptionSpec = {
  value: 'ORIGIN',
  multiple: true,
  about:
    'pages that may send, e.g. https://shop.example; may be repeated (default on loopback http://localhost:*, http://127.0.0.1:*, null)',
};

/** A port that can be asked. */
export function toHttpPort(given: Given): number {
  const port = toPort(given);
  if (!isBlockedPort(port)) return port;
  throw new UsageError(`${given.from} must be another port than ${port}, which fetch and browsers refuse to ask`);
}

/** Origins of pages; undefined where none is given. */
export function toOrigins(texts: readonly string[]): readonly string[] | undefined {
  for (const text of texts) {
    try {
      originPolicy([text]);
    } catch (cause) {
      const want = 'an origin such as https://shop.example, http://localhost:* or null';
      throw new UsageError(`--origin must be ${want}, got ${quoted(text)}`, { cause });
    }
  }
  return texts.length === 0 ? undefined : texts;
}
