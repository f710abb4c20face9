import type { JsonObject } from '../core/json.ts';
import { wellFormed } from '../core/well-formed.ts';
import { addressText, truncatedText, type Address } from './client-address.ts';
import type { Rules } from './rules.ts';

/** Browsers have some 150; what is longer is no browser's, in UTF-16 units. */
const MAX_USER_AGENT_LENGTH = 256;

/** What the rules want every message of a request to have in its metadata. Mostly nothing. */
export function extraMetadata(
  headers: Pick<Headers, 'get'>,
  address: Address | undefined,
  { addAddress, addUserAgent }: Pick<Rules, 'addAddress' | 'addUserAgent'>,
): JsonObject {
  const userAgent = addUserAgent ? headers.get('user-agent') : null;
  return {
    ...(addAddress !== false &&
      address !== undefined && {
        client_address: addAddress === 'full' ? addressText(address) : truncatedText(address),
      }),
    ...(userAgent !== null && { user_agent: wellFormed(userAgent.slice(0, MAX_USER_AGENT_LENGTH)) }),
  };
}
