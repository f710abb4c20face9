import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord, parseJson } from '../../../core/json.ts';
import { isMissing, stagingDir } from '../../layout.ts';
import { publishFile } from '../../publish.ts';
import { COPIED_FOLDER } from './copy-marks.ts';

/** There from a start until what the store has was looked at. */
const FILE = '_end.json';

const pathOf = (dir: string, target: string): string => join(dir, COPIED_FOLDER, target, FILE);

/**
 * Notes that a run begins at whose start the archive in `dir` had every message before `end`, and resolves to the end that holds: that of the first such run since nothing was copied to the store. What the
 * store has from there on was not copied from here.
 */
export async function holdEnd(dir: string, target: string, end: number): Promise<number> {
  const path = pathOf(dir, target);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  const value = parseJson(text ?? '');
  const held = isRecord(value) ? value['end'] : undefined;
  if (typeof held === 'number' && held <= end) return held;
  const staged = join(stagingDir(dir), `${target}${FILE}`);
  await mkdir(stagingDir(dir), { recursive: true });
  await writeFile(staged, `${JSON.stringify({ end })}\n`);
  await publishFile(staged, path);
  return end;
}

/** The store was looked at, and from now on there is something to copy to it. */
export const dropEnd = (dir: string, target: string): Promise<void> => rm(pathOf(dir, target), { force: true });
