import type { S3Client } from '@aws-sdk/client-s3';
import { RemoteError } from '../remote.ts';
import { remoteIdentityOf, s3EndpointOf } from '../remote-identity.ts';
import type { RemoteOptions } from '../remote-options.ts';
import { remoteUrlOf, type RemotePlace } from '../remote-url.ts';
import type { S3Module } from './load-s3.ts';
import { failureOf, type S3Address } from './s3-failure.ts';
import { withoutVersionWarning } from './without-version-warning.ts';

export type S3Place = Extract<RemotePlace, { kind: 's3' }>;
export type S3Options = NonNullable<RemoteOptions['s3']>;

/** What the client is told of a call. */
export interface CallOptions {
  readonly abortSignal?: AbortSignal;
}

/** A bucket, or the part of it below a prefix. */
export interface S3Connection extends S3Address {
  /** Of the archive. */
  readonly url: string;
  readonly s3: S3Module;
  readonly client: S3Client;
  /** The key of a path below the archive's folder. */
  key(path: string): string;
  /** Calls the store; whatever fails is told as it is. */
  raw<Answer>(signal: AbortSignal | undefined, call: (options: CallOptions) => Promise<Answer>): Promise<Answer>;
  /** What `raw` rejected with, as RemoteError. `operation` is what was asked, as S3 names it. */
  failure(error: unknown, operation: string, signal?: AbortSignal): RemoteError;
  /** Calls the store; rejects with RemoteError. */
  call<Answer>(
    operation: string,
    signal: AbortSignal | undefined,
    call: (options: CallOptions) => Promise<Answer>,
  ): Promise<Answer>;
}

/** A store in the same building answers in a millisecond, one behind a sea and a proxy in a second. */
const CONNECT_WITHIN_MS = 10_000;
/** A store that puts the parts of a large upload together may say nothing for a while: Amazon sends spaces meanwhile. */
const SILENT_FOR_MS = 120_000;

/** Connects nothing yet: the first call does. Rejects with RemoteError for options that cannot be. */
export function connectS3(
  s3: S3Module,
  at: S3Place,
  options: S3Options,
  env: NodeJS.ProcessEnv = process.env,
): S3Connection {
  const { bucket, prefix } = at;
  const folder = prefix === '' ? '' : `${prefix}/`;
  const place = remoteUrlOf(at);
  const given = s3EndpointOf(options, env);
  const endpoint = given === undefined ? undefined : endpointUrl(given, place);
  const region = options.region ?? env['AWS_REGION'] ?? 'us-east-1';
  const client = withoutVersionWarning(
    () =>
      new s3.S3Client({
        region,
        ...(endpoint === undefined ? {} : { endpoint: endpoint.href }),
        ...credentialsOf(options, place),
        forcePathStyle: options.pathStyle ?? endpoint !== undefined,
        // Who calls retries, and knows for how long.
        maxAttempts: 1,
        // The checksums are sent by us, in headers that old stores know or pass over. The client's own come behind the content, which stores of before 2025 refuse or take for content.
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        requestHandler: { connectionTimeout: CONNECT_WITHIN_MS, socketTimeout: SILENT_FOR_MS },
        logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      }),
  );
  const address: S3Address = { bucket, endpoint: endpoint?.origin ?? 'Amazon S3', region };
  const raw: S3Connection['raw'] = (signal, call) => call(signal === undefined ? {} : { abortSignal: signal });
  const failure: S3Connection['failure'] = (error, operation, signal) => failureOf(error, address, operation, signal);
  return {
    ...address,
    url: remoteIdentityOf(at, { s3: options }, env),
    s3,
    client,
    key: (path) => `${folder}${path}`,
    raw,
    failure,
    async call(operation, signal, call) {
      try {
        return await raw(signal, call);
      } catch (error) {
        throw failure(error, operation, signal);
      }
    },
  };
}

function credentialsOf(
  { accessKeyId, secretAccessKey }: S3Options,
  place: string,
): { credentials?: { accessKeyId: string; secretAccessKey: string } } {
  if (accessKeyId === undefined && secretAccessKey === undefined) return {};
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new RemoteError('refused', `${place}: accessKeyId and secretAccessKey belong together, and one is missing.`);
  }
  return { credentials: { accessKeyId, secretAccessKey } };
}

/** Without a user and password: they would be shown. */
function endpointUrl(text: string, place: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new RemoteError('refused', `${place}: endpoint must be a URL like https://s3.example, without a user in it.`);
  }
  return url;
}

const ignore = (): void => undefined;
