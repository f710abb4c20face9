import { RemoteError, type RemoteFailure } from '../remote.ts';

/** Where a store is, in words for people. */
export interface S3Address {
  readonly bucket: string;
  /** `https://s3.example`, or whose it is. */
  readonly endpoint: string;
  readonly region: string;
}

/** What an answer, or the lack of one, says about itself. */
export interface S3Failure {
  /** As S3 names it, `NoSuchBucket`, or Node, `ECONNREFUSED`; empty if there is none that could be shown. */
  readonly code: string;
  /** Of HTTP; undefined if nothing has answered. */
  readonly status: number | undefined;
  /** Where the bucket is, if the store said that. */
  readonly region: string | undefined;
}

type Sentence = (at: S3Address, failure: S3Failure) => string;

const noBucket: Sentence = ({ bucket, endpoint }) => `there is no bucket ${bucket} at ${endpoint}`;
const badKeyId: Sentence = ({ endpoint }) => `${endpoint} does not know this access key id`;
const badSecret: Sentence = ({ endpoint }) => `for ${endpoint} the secret access key is not that of the access key id`;
const oldToken: Sentence = ({ endpoint }) =>
  `for ${endpoint} the credentials are expired, or their session token is not valid`;
const badClock: Sentence = ({ endpoint }) => `the clock of this machine and that of ${endpoint} differ too much`;
const notAllowed: Sentence = ({ bucket, endpoint }) =>
  `the credentials do not allow this in bucket ${bucket} at ${endpoint}; an archive lists, reads, writes and deletes objects, and lists and aborts multipart uploads`;
const elsewhere: Sentence = ({ bucket, endpoint, region }, failure) =>
  `bucket ${bucket} at ${endpoint} is not in region ${region}${failure.region === undefined ? '' : ` but in ${failure.region}`}`;
const full: Sentence = ({ bucket, endpoint }) => `the quota of bucket ${bucket} is used up, or ${endpoint} is full`;
const noCredentials: Sentence = ({ endpoint }) =>
  `no credentials for ${endpoint} were found: give accessKeyId and secretAccessKey, or set what the AWS SDK looks for, such as AWS_ACCESS_KEY_ID`;
const badCertificate: Sentence = ({ endpoint }) => `the certificate of ${endpoint} is not trusted`;

/** What somebody has to see to. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const REFUSED = new Map<string, Sentence>([
  ['NoSuchBucket', noBucket],
  ['InvalidAccessKeyId', badKeyId],
  ['SignatureDoesNotMatch', badSecret],
  ['AccessDenied', notAllowed],
  ['AllAccessDisabled', notAllowed],
  ['Forbidden', notAllowed],
  ['ExpiredToken', oldToken],
  ['ExpiredTokenException', oldToken],
  ['InvalidToken', oldToken],
  ['TokenRefreshRequired', oldToken],
  ['RequestTimeTooSkewed', badClock],
  ['RequestExpired', badClock],
  ['PermanentRedirect', elsewhere],
  ['TemporaryRedirect', elsewhere],
  ['AuthorizationHeaderMalformed', elsewhere],
  ['IllegalLocationConstraintException', elsewhere],
  ['QuotaExceeded', full],
  ['XMinioStorageFull', full],
  ['XMinioAdminBucketQuotaExceeded', full],
  ['CredentialsProviderError', noCredentials],
  ['TokenProviderError', noCredentials],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', badCertificate],
  ['SELF_SIGNED_CERT_IN_CHAIN', badCertificate],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', badCertificate],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', badCertificate],
  ['CERT_HAS_EXPIRED', badCertificate],
  ['ERR_TLS_CERT_ALTNAME_INVALID', badCertificate],
]);
/** What passes although its status says that it is the caller's fault, or is that of an answer which began well. */
const PASSING = new Set([
  'BadDigest', // garbled on the way
  'ConditionalRequestConflict', // another writer is at it
  'IncompleteBody',
  'InternalError',
  'NoSuchUpload', // aborted by a `tidy` while it ran
  'OperationAborted',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
  'XAmzContentSHA256Mismatch',
]);
const TOO_MANY_REQUESTS = 429;
const REQUEST_TIMEOUT = 408;
const FORBIDDEN = 403;
const INSUFFICIENT_STORAGE = 507;
/** What can be shown: nothing of what a store says is. */
const SPEAKABLE = /^[\w.]{1,64}$/;
/** What an error is called when nothing is known of it. */
const VAGUE = new Set(['Error', 'AggregateError', 'Unknown', 'UnknownError']);
const REGION = /^[a-z0-9-]{1,32}$/;

/** What can be said of an error of the client. */
export function describeFailure(error: unknown): S3Failure {
  if (!isObject(error)) return { code: '', status: undefined, region: undefined };
  const { $metadata: metadata, $response: response, code, name } = error;
  const status = isObject(metadata) ? metadata['httpStatusCode'] : undefined;
  const headers = isObject(response) ? response['headers'] : undefined;
  const region = isObject(headers) ? headers['x-amz-bucket-region'] : undefined;
  const codes = [code, name].filter((text): text is string => typeof text === 'string');
  return {
    code: codes.find((text) => SPEAKABLE.test(text) && !VAGUE.has(text)) ?? '',
    status: typeof status === 'number' ? status : undefined,
    region: typeof region === 'string' && REGION.test(region) ? region : undefined,
  };
}

/** An error of the client as RemoteError, which says nothing that the store said but its code. It names the store by its endpoint: who tells it has named the archive. */
export function failureOf(error: unknown, at: S3Address, operation: string, signal?: AbortSignal): RemoteError {
  if (error instanceof RemoteError) return error;
  if (signal?.aborted === true) return new RemoteError('aborted', `${operation} at ${at.endpoint} was stopped.`);
  const failure = describeFailure(error);
  const { kind, text } = judge(failure, at);
  const details = [operation, failure.status, failure.code].filter((part) => part !== undefined && part !== '');
  // Its cause is left out: an answer of the store has the key id in it, and what was signed.
  return new RemoteError(kind, `${text} (${details.join(' ')}).`);
}

function judge(failure: S3Failure, at: S3Address): { kind: RemoteFailure; text: string } {
  const { code, status } = failure;
  const sentence = REFUSED.get(code);
  if (sentence !== undefined) return { kind: 'refused', text: sentence(at, failure) };
  if (status === INSUFFICIENT_STORAGE) return { kind: 'refused', text: full(at, failure) };
  if (PASSING.has(code) || status === TOO_MANY_REQUESTS || status === REQUEST_TIMEOUT || (status ?? 0) >= 500) {
    return { kind: 'away', text: `${at.endpoint} is overloaded or failing` };
  }
  if (status === undefined) return { kind: 'away', text: `${at.endpoint} cannot be reached, or ended the connection` };
  if (status === FORBIDDEN) return { kind: 'refused', text: notAllowed(at, failure) };
  if (status >= 300 && status < 400) return { kind: 'refused', text: elsewhere(at, failure) };
  if (status < 300) return { kind: 'refused', text: `${at.endpoint} does not answer as an S3 store does` };
  return { kind: 'refused', text: `${at.endpoint} refused` };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
