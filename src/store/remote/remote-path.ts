import { parseArchiveFileName } from '../layout.ts';
import { RemoteError } from './remote.ts';

/** What begins so is hidden from Hive, Spark and Trino, and from `Remote.list`. */
const HIDDEN = '_';
/** Ends the name under which a file is written. */
const COPYING = '.copying';
const ATTEMPT = /\.[0-9a-f]{8}$/;
const DAY_FOLDER = /^dt=(\d{4}-\d{2}-\d{2})$/;
/** Of names that we give, and of no others: nothing that means something to a URL, a shell or a file system. */
const PART = /^(?!\.{1,2}$)[a-zA-Z0-9_.=-]{1,255}$/;

/** The day of a folder's name; undefined if it is none of a day. */
export const parseDayFolder = (name: string): string | undefined => DAY_FOLDER.exec(name)?.[1];

/** The name of a day's folder. Throws RemoteError for what is no day. */
export function dayFolder(dt: string): string {
  const name = `dt=${dt}`;
  if (parseDayFolder(name) === undefined)
    throw new RemoteError('refused', `${JSON.stringify(dt)} is no day of a remote archive.`);
  return name;
}

/** Whether a name that a store told can be part of a path of ours. */
export const isPathPart = (name: string): boolean => PART.test(name);

/** Throws RemoteError unless `path` lies below the archive's folder, and is written as ours are. */
export function checkPath(path: string): void {
  if (!path.split('/').every(isPathPart))
    throw new RemoteError('refused', `${JSON.stringify(path)} is no path in a remote archive.`);
}

/** Throws RemoteError unless `path` is a file's of the archive: `dt=YYYY-MM-DD/<name>.parquet`. */
export function checkFilePath(path: string): void {
  const [folder = '', name = '', ...rest] = path.split('/');
  if (parseDayFolder(folder) === undefined || parseArchiveFileName(name) === undefined || rest.length > 0)
    throw new RemoteError('refused', `${JSON.stringify(path)} is no file's path in a remote archive.`);
}

/**
 * The hidden path beside `path` where it is written until it is whole. Under a name of its own for each attempt, eight hexadecimal digits, what comes late of an earlier one
 * cannot touch what a later one has written; without one a repeat writes over what was left.
 */
export function copyingPath(path: string, attempt = ''): string {
  const cut = path.lastIndexOf('/') + 1;
  return `${path.slice(0, cut)}${HIDDEN}${path.slice(cut)}${attempt === '' ? '' : `.${attempt}`}${COPYING}`;
}

/** Whether a name is that of a file that is, or was, being written. */
export const isCopying = (name: string): boolean => name.startsWith(HIDDEN) && name.endsWith(COPYING);

/** Whether `name` is one under which `file`, a name too, is or was being written, in whichever attempt. */
export const isCopyingOf = (file: string, name: string): boolean =>
  isCopying(name) && name.slice(HIDDEN.length, -COPYING.length).replace(ATTEMPT, '') === file;
