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
const EXCEPTIONS = new Map<string, readonly [RemoteFailure, string]>([
  ['StandbyException', ['away', 'is on standby']],
  ['RetriableException', ['away', 'is starting or overloaded']],
  ['ServerTooBusyException', ['away', 'is overloaded']],
  ['SafeModeException', ['away', 'is in safe mode, which is read only']],
  ['AccessControlException', ['refused', 'does not allow it to this user']],
  ['AuthorizationException', ['refused', 'does not allow it to this user']],
  ['SecurityException', ['refused', 'does not accept the user or the token']],
  ['AuthenticationException', ['refused', 'does not accept the user or the token']],
  ['InvalidToken', ['refused', 'does not accept the delegation token; give a new one']],
  ['NSQuotaExceededException', ['refused', 'has a full quota of names there']],
  ['DSQuotaExceededException', ['refused', 'has a full quota of space there']],
  ['QuotaByStorageTypeExceededException', ['refused', 'has a full quota of space there']],
  ['FileNotFoundException', ['refused', 'has no such file or folder']],
  ['ParentNotDirectoryException', ['refused', 'has a file where the path has a folder']],
  ['FileAlreadyExistsException', ['refused', 'has something else at that path']],
  ['PathIsNotEmptyDirectoryException', ['refused', 'has something else at that path']],
  ['IllegalArgumentException', ['refused', 'takes the request for wrong']],
  ['UnsupportedOperationException', ['refused', 'does not know the operation']],
]);
/** What is known by its message alone, and says nothing more. */
const MESSAGES: readonly (readonly [RegExp, RemoteFailure, string])[] = [
  [/^Invalid operation [A-Z]+$/, 'refused', 'is not a NameNode, but a DataNode; look at its port'],
  [/^Failed to find datanode/, 'away', 'has no DataNode that gives or takes files'],
];
/** A file where the path has a folder is told as a right that is missing, where HDFS looks for rights on the way. */
const IN_THE_WAY = /\(is not a directory\)/;
/** What stands before the exception for which a NameNode does not know who asks: its class, and its message. Whatever a token that is none brings about is among them. */
const UNKNOWN_USER = /^Failed to obtain user group information: ([\w.$]+)(?:: *([^]*))?$/;
const NOBODY = /^Security enabled but user not authenticated/;
/** What a NameNode fails of where a token is none: it takes it apart before it looks whether it knows it. */
const UNREADABLE_TOKEN = new Set(['NegativeArraySizeException', 'IndexOutOfBoundsException']);
/** Of these a second NameNode may be free. */
const ELSEWHERE = new Set(['StandbyException', 'RetriableException', 'ServerTooBusyException']);
/** A certificate that is not trusted, and of these one whose authority is not known. */
const TLS_CODE = /^(?:ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;
const NO_AUTHORITY_CODE = /^(?:DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;
/** What OpenSSL says, between the code and the place in its source; and what it makes of an answer that is no TLS. */
const OPENSSL_REASON = /:SSL routines:[^:]*:([^:]+):/;
const NO_TLS = /wrong version number|packet length too long/;
const MAX_QUOTED = 200;

/** Text of another machine as a part of one plain line. */
export function quoted(text: string): string {
  const line = text
    .replace(/\n[^]*/, '')
    .replaceAll(/\p{C}+/gu, ' ')
    .trim();
  return (line.length > MAX_QUOTED ? `${line.slice(0, MAX_QUOTED)}…` : line).replace(/[.\s]+$/, '');
}

/** The sentence of an exception that `who` has told to who came with a token or without. What is not known here, most of it about blocks and DataNodes, passes. */
export function exceptionError(who: string, exception: string, message: string, hasToken = false): HdfsError {
  const told = classOf(exception);
  if (hasToken && UNREADABLE_TOKEN.has(told)) return exceptionError(who, 'InvalidToken', '');
  const [, inner, reason = ''] = (told === 'SecurityException' && UNKNOWN_USER.exec(message)) || [];
  if (inner !== undefined && NOBODY.test(reason)) return nobodyError(who);
  if (inner !== undefined) return exceptionError(who, EXCEPTIONS.has(classOf(inner)) ? inner : 'InvalidToken', reason);
  const [, failure, sentence] = MESSAGES.find(([pattern]) => pattern.test(message)) ?? [];
  if (failure !== undefined) return new HdfsError(failure, `${who} ${sentence}.`, { exception: told });
  const name = told === 'AccessControlException' && IN_THE_WAY.test(message) ? 'ParentNotDirectoryException' : told;
  const [kind, words] = EXCEPTIONS.get(name) ?? ['away', 'failed'];
  const detail = quoted(message);
  const about = { exception: name, mayElsewhere: ELSEWHERE.has(name) };
  return new HdfsError(kind, `${who} ${words}${detail === '' ? '' : `: ${detail}`}.`, about);
}

/** The sentence of an answer that is none of WebHDFS's. */
export function answerError(who: string, status: number, text: string): HdfsError {
  if (text.includes('Hadoop IPC port'))
    return new HdfsError('refused', `${who} is the port for RPC; WebHDFS has another, by default 9870.`);
  if (status === 401) return nobodyError(who);
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
  const message = error instanceof Error ? error.message : String(error);
  const detail = quoted(message);
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    const reason = OPENSSL_REASON.exec(message)?.[1] ?? detail;
    return NO_TLS.test(reason)
      ? new HdfsError('refused', `${who} does not speak TLS; look at its port and http or https.`)
      : new HdfsError('refused', `${who} speaks TLS, and does not agree with us on how: ${reason}.`);
  }
  if (code === 'ENOTFOUND')
    return new HdfsError('away', `No host of the name ${who.replace(/:\d+$/, '')} is known.`, { mayElsewhere: true });
  const cure = NO_AUTHORITY_CODE.test(code) ? '; NODE_EXTRA_CA_CERTS names a file of authorities to trust' : '';
  if (TLS_CODE.test(code))
    return new HdfsError('refused', `${who} has a certificate that is not trusted: ${detail}${cure}.`);
  if (code.startsWith('HPE_'))
    return new HdfsError('refused', `${who} does not speak HTTP; look at its port and http or https.`);
  return new HdfsError('away', `The connection to ${who} failed: ${detail}.`, { mayElsewhere: true });
}

const classOf = (exception: string): string => exception.split(/[.$]/).at(-1) ?? exception;

const nobodyError = (who: string): HdfsError =>
  new HdfsError('refused', `${who} wants to know who asks, as with Kerberos; give a delegation token.`);
