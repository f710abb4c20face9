import type { RemoteOptions } from './remote-options.ts';
import { remoteUrlOf, type RemotePlace } from './remote-url.ts';

/** The endpoint of a store that is not Amazon's, as it is written; undefined for Amazon's. */
export const s3EndpointOf = (options: RemoteOptions['s3'], env: NodeJS.ProcessEnv): string | undefined =>
  (options?.endpoint ?? env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']) || undefined;

/**
 * Tells a store from every other, in a URL without user, key or token: two stores can have a bucket of the same name each, so the host of an endpoint is in it. An endpoint that is no URL is left out:
 * nothing opens by it.
 */
export function remoteIdentityOf(
  place: RemotePlace,
  options: RemoteOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): string {
  const url = remoteUrlOf(place);
  const endpoint = place.kind === 's3' ? s3EndpointOf(options.s3, env) : undefined;
  if (endpoint === undefined || !URL.canParse(endpoint)) return url;
  return `s3://${new URL(endpoint).host}/${url.slice('s3://'.length)}`;
}
