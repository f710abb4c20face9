import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord, parseJson } from '../../../core/json.ts';
import { isMissing } from '../../layout.ts';
import { RemoteError } from '../remote.ts';

/** Which remote archive a folder is the cache of. */
const OWNER_FILE = '_cache.json';
const PRIVATE = 0o700;

/**
 * Has `dir` be the cache of the archive at `url`; it is made if need be. Rejects with RemoteError where it is anything else: what a cache holds is deleted as its archive changes,
 * and that must never be another's, or an archive that lies nowhere else.
 */
export async function claimCache(dir: string, url: string): Promise<void> {
  const isFile = await stat(dir).then(
    (found) => !found.isDirectory(),
    () => false, // not there yet, or told of below
  );
  if (isFile)
    throw new RemoteError('local', `${JSON.stringify(dir)} is no folder: name one for what is copied of ${url}`);
  if ((await ownerOf(dir)) === undefined) {
    await mkdir(dir, { recursive: true, mode: PRIVATE }); // whoever may read here need not be let in there
    if ((await readdir(dir)).every((name) => name.startsWith(OWNER_FILE))) await writeOwner(dir, url);
  }
  // Also where it was written just now: another process may have been faster.
  const owner = await ownerOf(dir);
  if (owner === url) return;
  const what = owner === undefined || owner === '' ? 'is not empty, and no cache' : `is the cache of ${owner}`;
  throw new RemoteError(
    'local',
    `the folder ${JSON.stringify(dir)} ${what}: name another for what is copied of ${url}`,
  );
}

/** Undefined where nobody has said so yet; empty where what is said cannot be read. */
async function ownerOf(dir: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(join(dir, OWNER_FILE), 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const value = parseJson(text);
  return isRecord(value) && typeof value['url'] === 'string' ? value['url'] : '';
}

async function writeOwner(dir: string, url: string): Promise<void> {
  const staged = join(dir, `${OWNER_FILE}-${randomUUID()}`);
  try {
    await writeFile(staged, `${JSON.stringify({ version: 1, url })}\n`);
    await rename(staged, join(dir, OWNER_FILE));
  } finally {
    await rm(staged, { force: true });
  }
}
