import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArchiveFileName } from '../../layout.ts';
import { limited, tooMuch } from '../limited.ts';
import type { RemoteOptions } from '../remote-options.ts';
import {
  checkFilePath,
  checkPath,
  copyingPath,
  dayFolder,
  isCopying,
  isCopyingOf,
  isPathPart,
  parseDayFolder,
} from '../remote-path.ts';
import type { RemotePlace } from '../remote-url.ts';
import { RemoteError, type Remote, type RemoteFile, type Verified } from '../remote.ts';
import { readSmallText } from '../small-text.ts';
import type { FileStatus } from './answers.ts';
import { settled, throwIfAborted } from './exchange.ts';
import { HdfsError } from './hdfs-error.ts';
import { local } from './local.ts';
import { compareContent } from './same-content.ts';
import { createWebHdfs } from './web-hdfs.ts';

export type HdfsPlace = Extract<RemotePlace, { kind: 'hdfs' }>;

/** Folders of days that are asked for at once: enough to hide the way to a NameNode, few enough for one that serves others. */
const LISTINGS_AT_ONCE = 8;
const READ_BYTES = 262_144;
/** Tells the attempts of one file apart. */
const ATTEMPT_BYTES = 4;

/** A remote archive in a folder of an HDFS, by WebHDFS: no client of Hadoop is needed here. Throws RemoteError if it is not known as whom to ask. */
export function createHdfsRemote(place: HdfsPlace, options: RemoteOptions['hdfs'] = {}): Remote {
  const web = createWebHdfs({
    nameNodes: place.nameNodes,
    user: options.user ?? nameOfUser(),
    delegationToken: options.delegationToken ?? (process.env['METLOG_HDFS_TOKEN'] || undefined),
    tls: options.tls ?? false,
  });
  const url = `hdfs://${place.nameNodes.join(',')}${place.path}`;
  /** In what is told after the archive was named. */
  const who = `HDFS at ${place.nameNodes.join(' and ')}`;
  const at = (path: string): string => `${place.path}/${path}`;

  /** What is in a folder of ours, as far as its names can be. */
  async function namesIn(path: string, signal: AbortSignal | undefined): Promise<readonly FileStatus[]> {
    const all = (await web.list(path, signal)) ?? [];
    // Asked for a file, HDFS lists it without a name.
    if (all.length === 1 && all[0]?.pathSuffix === '')
      throw new RemoteError('refused', `${who} has a file at ${path}, where a folder should be.`);
    return all.filter(({ pathSuffix }) => isPathPart(pathSuffix));
  }

  async function days(signal: AbortSignal | undefined): Promise<readonly string[]> {
    return (await namesIn(place.path, signal)).flatMap(({ type, pathSuffix }) =>
      type === 'DIRECTORY' ? (parseDayFolder(pathSuffix) ?? []) : [],
    );
  }

  /** What is in the folders of the days that are wanted, with the folder's name. */
  async function inDays(
    wants: (dt: string) => boolean,
    signal: AbortSignal | undefined,
  ): Promise<readonly (FileStatus & { readonly folder: string })[]> {
    const waiting = (await days(signal)).filter(wants).map(dayFolder);
    const found: (FileStatus & { folder: string })[] = [];
    const work = async (): Promise<void> => {
      for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop())
        for (const status of await namesIn(at(folder), signal)) found.push({ ...status, folder });
    };
    await Promise.all(Array.from({ length: LISTINGS_AT_ONCE }, work));
    return found;
  }

  /** What is verified of what lies at `path`; undefined where nothing is. Throws `conflict` if it is something else. */
  async function alreadyAt(
    path: string,
    file: FileHandle,
    bytes: number,
    signal: AbortSignal | undefined,
  ): Promise<Verified | undefined> {
    const status = await web.status(at(path), signal);
    if (status === undefined) return undefined;
    const verified = await compareContent(web, at(path), status, file, bytes, signal);
    if (verified === undefined) throw new RemoteError('conflict', `${url} has another file at ${path} already.`);
    return verified;
  }

  async function put(from: string, path: string, file: FileHandle, signal: AbortSignal | undefined): Promise<Verified> {
    const { size: bytes } = await file.stat();
    const there = await alreadyAt(path, file, bytes, signal);
    if (there !== undefined) return there;
    // A DataNode goes on asking a NameNode that was away: it may create the file of an attempt that was long given up.
    const hidden = at(copyingPath(path, randomBytes(ATTEMPT_BYTES).toString('hex')));
    const content = (): Readable => createReadStream(from, { end: Math.max(0, bytes - 1), highWaterMark: READ_BYTES });
    await web.create(hidden, content, bytes, signal);
    const status = await web.status(hidden, signal);
    const written = status && (await compareContent(web, hidden, status, file, bytes, signal));
    if (written === undefined) throw new RemoteError('away', `${who} did not keep ${path} as it was sent.`);
    if (await web.rename(hidden, at(path), signal)) return written;
    // Somebody was quicker; or an answer was lost, and it was renamed when it was asked for first.
    const renamed = await alreadyAt(path, file, bytes, signal);
    if (renamed === undefined) throw new RemoteError('away', `${who} could not rename what was written for ${path}.`);
    await web.remove(hidden, signal);
    return renamed;
  }

  return {
    url,
    async requireFolder(signal) {
      if ((await web.status(place.path, signal)) === undefined)
        throw new RemoteError('refused', `there is no folder ${place.path} in ${who}.`);
    },
    days: (signal) => days(signal),
    async list({ wants = () => true, signal } = {}) {
      const found = await inDays(wants, signal);
      return found.flatMap(({ folder, type, pathSuffix, length }): readonly RemoteFile[] =>
        type === 'FILE' && parseArchiveFileName(pathSuffix) !== undefined
          ? [{ path: `${folder}/${pathSuffix}`, bytes: length }]
          : [],
      );
    },
    async put(from, path, signal) {
      checkFilePath(path);
      throwIfAborted(signal);
      const file = await local(open(from, 'r'));
      try {
        return await put(from, path, file, signal);
      } finally {
        await file.close();
      }
    },
    async replace(text, path, signal) {
      checkPath(path);
      const content = Buffer.from(text);
      const hidden = at(copyingPath(path));
      await web.create(hidden, () => Readable.from([content]), content.length, signal);
      await web.renameOver(hidden, at(path), signal);
    },
    async read(path, signal) {
      checkPath(path);
      const opened = await web.open(at(path), signal);
      return opened && settled(opened.url, signal, readSmallText(opened.answer, url, path));
    },
    async names(folder, signal) {
      checkPath(folder);
      return (await namesIn(at(folder), signal))
        .filter(({ type, pathSuffix }) => type === 'FILE' && !isCopying(pathSuffix))
        .map(({ pathSuffix }) => `${folder}/${pathSuffix}`);
    },
    async get(path, to, { signal, onBytes, maxBytes = Infinity } = {}) {
      checkFilePath(path);
      const opened = await web.open(at(path), signal);
      if (opened === undefined) throw new RemoteError('refused', `${url} has no ${path}.`);
      const { answer } = opened;
      const file = createWriteStream(to);
      const localFailure = new Promise<never>((_, reject) => {
        file.once('error', (error) => {
          // The pipeline ends this stream with what the other one failed of.
          if (error !== answer.errored && 'syscall' in error)
            reject(new RemoteError('local', `A local file could not be written: ${String(error)}.`));
        });
      });
      async function* counted(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
        for await (const part of limited(parts, maxBytes, () => tooMuch(url, path, maxBytes))) {
          onBytes?.(part.length);
          yield part;
        }
      }
      try {
        await settled(opened.url, signal, Promise.race([pipeline(answer, counted, file), localFailure]));
      } catch (error) {
        await rm(to, { force: true }).catch(() => undefined); // what could not be written need not be there
        throw error;
      }
    },
    async remove(path, signal) {
      checkPath(path);
      await web.remove(at(path), signal);
    },
    async removeDay(dt, signal) {
      try {
        await web.remove(at(dayFolder(dt)), signal);
      } catch (error) {
        // A file came meanwhile, or somebody else's lies there: then it stays.
        if (!(error instanceof HdfsError) || error.exception !== 'PathIsNotEmptyDirectoryException') throw error;
      }
    },
    async tidy(path, signal) {
      checkFilePath(path);
      const [folder = '', name = ''] = path.split('/');
      const left = (await namesIn(at(folder), signal)).filter(({ pathSuffix }) => isCopyingOf(name, pathSuffix));
      for (const { pathSuffix } of left) await web.remove(at(`${folder}/${pathSuffix}`), signal);
    },
    close: () => Promise.resolve(), // each exchange has a connection of its own
  };
}

/** Throws RemoteError where the process runs under a number alone, as in some containers. */
function nameOfUser(): string {
  try {
    return process.env['HADOOP_USER_NAME'] || userInfo().username;
  } catch {
    throw new RemoteError('refused', 'Who runs this process has no name here; set HADOOP_USER_NAME to one for HDFS.');
  }
}
