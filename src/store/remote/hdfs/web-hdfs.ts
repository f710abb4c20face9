import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import * as z from 'zod/mini';
import {
  booleanAnswer,
  checksumAnswer,
  exceptionAnswer,
  listAnswer,
  locationAnswer,
  statusAnswer,
  type FileStatus,
  type RemoteChecksum,
} from './answers.ts';
import { exchange, sendContent, textOf, throwIfAborted, type ExchangeOptions } from './exchange.ts';
import { answerError, exceptionError, HdfsError } from './hdfs-error.ts';

export interface WebHdfsOptions {
  /** `host:port` of each NameNode's HTTP door. */
  readonly nameNodes: readonly string[];
  readonly user: string;
  /** In place of the user. */
  readonly delegationToken?: string | undefined;
  readonly tls: boolean;
  /** A NameNode that is silent for so long is taken for away, in milliseconds. @default 15000 */
  readonly nameNodeSilenceMs?: number;
  /** The same of a DataNode, which has disks to wait for. @default 60000 */
  readonly dataNodeSilenceMs?: number;
}

/** The operations of WebHDFS that an archive wants. Paths are absolute. Each rejects with HdfsError or RemoteError. */
export interface WebHdfs {
  /** Undefined where there is nothing. */
  status(path: string, signal: AbortSignal | undefined): Promise<FileStatus | undefined>;
  /** What is in a folder; undefined where there is none. */
  list(path: string, signal: AbortSignal | undefined): Promise<readonly FileStatus[] | undefined>;
  /** Writes `content`, which has this length, over what was there; folders are made. */
  create(path: string, content: () => Readable, bytes: number, signal: AbortSignal | undefined): Promise<void>;
  /** The content, to be read or destroyed; undefined where there is none. */
  open(path: string, signal: AbortSignal | undefined): Promise<{ answer: IncomingMessage; url: URL } | undefined>;
  checksum(path: string, signal: AbortSignal | undefined): Promise<RemoteChecksum>;
  /** False if something was at `to`, or nothing at `from`. */
  rename(from: string, to: string, signal: AbortSignal | undefined): Promise<boolean>;
  /** At once and over what was at `to`. */
  renameOver(from: string, to: string, signal: AbortSignal | undefined): Promise<void>;
  /** A file, or a folder in which nothing is. */
  remove(path: string, signal: AbortSignal | undefined): Promise<void>;
}

const ROOT = '/webhdfs/v1';
const NAME_NODE_SILENCE_MS = 15_000;
const DATA_NODE_SILENCE_MS = 60_000;

type Method = ExchangeOptions['method'];
type Query = Readonly<Record<string, string>>;

export function createWebHdfs(options: WebHdfsOptions): WebHdfs {
  const { nameNodes, user, delegationToken, tls } = options;
  const nameNodeSilenceMs = options.nameNodeSilenceMs ?? NAME_NODE_SILENCE_MS;
  const dataNodeSilenceMs = options.dataNodeSilenceMs ?? DATA_NODE_SILENCE_MS;
  const scheme = tls ? 'https:' : 'http:';
  const credential: Query = delegationToken === undefined ? { 'user.name': user } : { delegation: delegationToken };
  /** The one that answered last is asked first. */
  let current = 0;

  /** Asks the NameNodes in turn, until one can say something; what it answers, or where it sends us. */
  async function ask(method: Method, path: string, query: Query, signal: AbortSignal | undefined): Promise<Asked> {
    const failures: HdfsError[] = [];
    const inTurn = [...nameNodes.slice(current), ...nameNodes.slice(0, current)];
    for (const nameNode of inTurn) {
      const url = new URL(`${scheme}//${nameNode}${ROOT}${path.split('/').map(encodeURIComponent).join('/')}`);
      url.search = new URLSearchParams({ ...query, ...credential }).toString();
      try {
        const answer = await exchange(url, { method, silenceMs: nameNodeSilenceMs, signal });
        const asked = await read(answer, url, signal);
        current = nameNodes.indexOf(nameNode);
        return asked;
      } catch (error) {
        if (!(error instanceof HdfsError)) throw error;
        if (!error.mayElsewhere) {
          current = nameNodes.indexOf(nameNode); // it is the active one: it has said no
          throw error;
        }
        failures.push(error);
      }
    }
    const sentences = failures.map(({ message }) => message.replace(/\.$/, ''));
    throw new HdfsError('away', `${sentences.join('; ')}.`);
  }

  async function json<T extends z.ZodMiniType>(
    schema: T,
    method: Method,
    path: string,
    query: Query,
    signal: AbortSignal | undefined,
  ): Promise<z.infer<T>> {
    return parse(schema, await ask(method, path, query, signal));
  }

  /** The first of two steps: where the DataNode is. It is not followed by itself, as then the content would go to the NameNode first. */
  async function locate(method: Method, path: string, query: Query, signal: AbortSignal | undefined): Promise<URL> {
    const asked = await ask(method, path, { ...query, noredirect: 'true' }, signal);
    // Clusters before Hadoop 3 know no `noredirect`.
    const location = asked.location ?? parse(locationAnswer, asked).Location;
    const url = URL.canParse(location) ? new URL(location) : undefined;
    // Whom the NameNode names gets the file, as it is in HDFS; but by TLS if we talk TLS, and by the same operation on the same path.
    const isOurs =
      url !== undefined &&
      (url.protocol === 'https:' || url.protocol === scheme) &&
      url.username === '' &&
      decoded(url.pathname) === `${ROOT}${path}` &&
      url.searchParams.get('op')?.toUpperCase() === query['op'];
    if (!isOurs)
      throw new HdfsError('refused', `${asked.url.host} sends the file to a place that is not a DataNode's of ours.`);
    return url;
  }

  /** Throws unless the answer says that it was done. */
  async function expectDone(answer: IncomingMessage, url: URL, signal: AbortSignal | undefined): Promise<void> {
    if (isFine(answer)) answer.resume();
    else throw failureOf(url, answer.statusCode ?? 0, await textOf(answer, url, signal));
  }

  return {
    status: async (path, signal) =>
      (await ifThere(json(statusAnswer, 'GET', path, { op: 'GETFILESTATUS' }, signal)))?.FileStatus,
    list: async (path, signal) =>
      (await ifThere(json(listAnswer, 'GET', path, { op: 'LISTSTATUS' }, signal)))?.FileStatuses.FileStatus,
    async create(path, content, bytes, signal) {
      const url = await locate('PUT', path, { op: 'CREATE', overwrite: 'true' }, signal);
      const answer = await sendContent(url, content(), bytes, { method: 'PUT', silenceMs: dataNodeSilenceMs, signal });
      await expectDone(answer, url, signal);
      throwIfAborted(signal);
    },
    async open(path, signal) {
      const url = await ifThere(locate('GET', path, { op: 'OPEN' }, signal));
      if (url === undefined) return undefined;
      const answer = await exchange(url, { method: 'GET', silenceMs: dataNodeSilenceMs, signal });
      if (isFine(answer)) return { answer, url };
      return ifThere(expectDone(answer, url, signal).then(() => undefined));
    },
    async checksum(path, signal) {
      const url = await locate('GET', path, { op: 'GETFILECHECKSUM' }, signal);
      const answer = await exchange(url, { method: 'GET', silenceMs: dataNodeSilenceMs, signal });
      return parse(checksumAnswer, await read(answer, url, signal)).FileChecksum;
    },
    rename: async (from, to, signal) =>
      (await json(booleanAnswer, 'PUT', from, { op: 'RENAME', destination: to }, signal)).boolean,
    async renameOver(from, to, signal) {
      await ask('PUT', from, { op: 'RENAME', destination: to, renameoptions: 'OVERWRITE' }, signal);
    },
    async remove(path, signal) {
      await json(booleanAnswer, 'DELETE', path, { op: 'DELETE', recursive: 'false' }, signal);
    },
  };
}

interface Asked {
  readonly url: URL;
  readonly status: number;
  readonly text: string;
  /** Of a redirect. */
  readonly location: string | undefined;
}

const isFine = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 200 && statusCode < 300;

async function read(answer: IncomingMessage, url: URL, signal: AbortSignal | undefined): Promise<Asked> {
  const text = await textOf(answer, url, signal);
  const status = answer.statusCode ?? 0;
  const isRedirect = status === 307;
  if (!isFine(answer) && !isRedirect) throw failureOf(url, status, text);
  return { url, status, text, location: isRedirect ? answer.headers.location : undefined };
}

function failureOf(url: URL, status: number, answered: string): HdfsError {
  const who = url.host;
  const token = url.searchParams.get('delegation');
  const text = token ? answered.replaceAll(token, '***') : answered; // it may be quoted, and a failure is logged
  const told = exceptionAnswer.safeParse(jsonOf(text));
  if (!told.success) return answerError(who, status, text);
  const { exception, message } = told.data.RemoteException;
  return exceptionError(who, exception, message, token !== null);
}

function parse<T extends z.ZodMiniType>(schema: T, { url, status, text }: Asked): z.infer<T> {
  const parsed = schema.safeParse(jsonOf(text));
  if (!parsed.success) throw answerError(url.host, status, text);
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no schema takes it
  }
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined; // nothing of ours is so
  }
}

async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof HdfsError && error.exception === 'FileNotFoundException') return undefined;
    throw error;
  }
}
