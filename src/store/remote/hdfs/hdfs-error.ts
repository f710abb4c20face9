import { RemoteError, type RemoteFailure } from '../remote.ts';

/** A refusal or a failure, with what only the talk with HDFS wants to know. */
export class HdfsError extends RemoteError {
  /** The class of the exception that HDFS told, without its package. */
  readonly exception: string | undefined;
  /** Whether another NameNode may do what this one did not. */
  readonly mayElsewhere: boolean;

  constructor(kind: RemoteFailure, message: string, about: { exception?: string; mayElsewhere?: boolean } = {}) {
    super(kind, message);
    this.exception = about.exception;
    this.mayElsewhere = about.mayElsewhere ?? false;
  }
}

/** What the sentence begins with, and whether it will pass by itself, by the exception's class. */
const EXCEPTIONS: Readonly<Record<string, readonly [RemoteFailure, string]>> = {
  StandbyException: ['away', 'is on standby'],
  RetriableException: ['away', 'is starting or overloaded'],
  ServerTooBusyException: ['away', 'is overloaded'],
  SafeModeException: ['away', 'is in safe mode, which is read only'],
  AccessControlException: ['refused', 'does not allow it to this user'],
  AuthorizationException: ['refused', 'does not allow it to this user'],
  SecurityException: ['refused', 'does not accept the user or the token'],
  AuthenticationException: ['refused', 'does not accept the user or the token'],
  InvalidToken: ['refused', 'does not accept the token'],
  NSQuotaExceededException: ['refused', 'has a full quota of names there'],
  DSQuotaExceededException: ['refused', 'has a full quota of space there'],
  QuotaByStorageTypeExceededException: ['refused', 'has a full quota of space there'],
  FileNotFoundException: ['refused', 'has no such file or folder'],
  ParentNotDirectoryException: ['refused', 'has a file where the path has a folder'],
  FileAlreadyExistsException: ['refused', 'has something else at that path'],
  PathIsNotEmptyDirectoryException: ['refused', 'has something else at that path'],
  IllegalArgumentException: ['refused', 'takes the request for wrong'],
  UnsupportedOperationException: ['refused', 'does not know the operation'],
};
/** A file where the path has a folder is told as a right that is missing, where HDFS looks for rights on the way. */
const IN_THE_WAY = /\(is not a directory\)/;
/** Of these a second NameNode may be free. */
const ELSEWHERE = new Set(['StandbyException', 'RetriableException', 'ServerTooBusyException']);
/** A certificate that is not trusted. */
const TLS_CODE = /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;
const MAX_QUOTED = 200;

/** Text of another machine as a part of one plain line. */
export function quoted(text: string): string {
  const line = text
    .replace(/\n[^]*/, '')
    .replaceAll(/\p{C}+/gu, ' ')
    .trim();
  return (line.length > MAX_QUOTED ? `${line.slice(0, MAX_QUOTED)}…` : line).replace(/[.\s]+$/, '');
}

/** The sentence of an exception that `who` has told. What is not known here, most of it about blocks and DataNodes, passes. */
export function exceptionError(who: string, exception: string, message: string): HdfsError {
  const told = exception.split(/[.$]/).at(-1) ?? exception;
  const name = told === 'AccessControlException' && IN_THE_WAY.test(message) ? 'ParentNotDirectoryException' : told;
  const [kind, words] = EXCEPTIONS[name] ?? ['away', 'failed'];
  const detail = quoted(message);
  const about = { exception: name, mayElsewhere: ELSEWHERE.has(name) };
  return new HdfsError(kind, `${who} ${words}${detail === '' ? '' : `: ${detail}`}.`, about);
}

/** The sentence of an answer that is none of WebHDFS's. */
export function answerError(who: string, status: number, text: string): HdfsError {
  if (text.includes('Hadoop IPC port'))
    return new HdfsError('refused', `${who} is the port for RPC; WebHDFS has another, by default 9870.`);
  if (status === 401)
    return new HdfsError('refused', `${who} wants to know who asks, as with Kerberos; give a delegation token.`);
  if (status === 429 || status >= 500)
    return new HdfsError('away', `${who} answered with HTTP status ${status}.`, { mayElsewhere: true });
  return new HdfsError(
    'refused',
    `${who} answered, but not as WebHDFS does (HTTP status ${status}); look at its port and http or https.`,
  );
}

/** The sentence of a connection that failed. */
export function connectionError(who: string, error: unknown): HdfsError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const detail = quoted(error instanceof Error ? error.message : String(error));
  if (code === 'EPROTO')
    return new HdfsError('refused', `${who} does not speak TLS; look at its port and http or https.`);
  if (TLS_CODE.test(code)) return new HdfsError('refused', `${who} has a certificate that is not trusted: ${detail}.`);
  if (code.startsWith('HPE_'))
    return new HdfsError('refused', `${who} does not speak HTTP; look at its port and http or https.`);
  return new HdfsError('away', `The connection to ${who} failed: ${detail}.`, { mayElsewhere: true });
}
