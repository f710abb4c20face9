import { createHash } from 'node:crypto';
import { join } from 'node:path';

// What names a map comes from pages too, so that it never becomes part of a path as it is: releases and addresses are hashed, ids are checked.

/** Longest release, or address of a script, that names a map, in UTF-16 units. */
export const MAX_NAME_LENGTH = 2_048;

/** Folder of what debug ids stand for, beside those of the releases. */
export const IDS_FOLDER = 'ids';

const RELEASE_FOLDER = /^[\da-f]{32}$/;
const MAP_PATH = /^[\da-f]{32}\/[\da-f]{32}\.map$/;

/** Whether the folder of maps has a release's under this name. */
export const isReleaseFolder = (name: string): boolean => RELEASE_FOLDER.test(name);

/** Whether a file below `ids` holds this: where its map lies, below the folder of maps. */
export const isMapPath = (text: string): boolean => MAP_PATH.test(text);

export const releaseFolder = (release: string): string => hashed(release);

/** Where the map of a script lies, below the folder of maps. */
export const mapPath = (release: string, address: string): string => `${releaseFolder(release)}/${hashed(address)}.map`;

/** The file that says where the map of an id lies. */
export const idPath = (dir: string, id: string): string => join(dir, IDS_FOLDER, id);

/** A debug id as it names a file, a UUID in small letters; undefined for anything else. https://github.com/tc39/ecma426/blob/main/proposals/debug-id.md */
export function debugIdOf(text: string): string | undefined {
  if (text.length > 36) return undefined;
  const digits = text.replaceAll('-', '').toLowerCase();
  if (!/^[\da-f]{32}$/.test(digits)) return undefined;
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  );
}

/** What a script is known by: its address without query and fragment, and as a second choice that without its origin. */
export function scriptAddresses(filename: string): readonly string[] {
  const [address = ''] = filename.split(/[?#]/, 1);
  if (address === '' || address.length > MAX_NAME_LENGTH) return [];
  const path = /^[a-z][a-z\d+.-]{0,30}:\/\/[^/]*(\/.*)$/s.exec(address)?.[1];
  return path === undefined ? [address] : [address, path];
}

const hashed = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);
