import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../core/json.ts';
import { messageOf } from '../core/text-of.ts';
import { codeOf, StartError } from './errors.ts';
import { processStart } from './process-start.ts';

/** A data folder that no other process uses. */
export interface DataDirLock {
  /** Gives it free. Idempotent. */
  release(): void;
}

interface Owner {
  readonly pid: number;
  /** See `processStart`. */
  readonly start: string;
  /** Tells this lock from any other of the same process. */
  readonly id: string;
}

/** The locks of this process; a file that names this process but is not among them was left by another of the same number. */
const held = new Set<string>();

/** Everything here is synchronous: it takes less than a millisecond, and happens once. */
const MAX_ATTEMPTS = 20;

/**
 * Makes the folder if need be and takes it for this process; `name` is what it is to people. A lock whose process has ended is taken over. Throws StartError if
 * the folder is in use or cannot be written.
 */
export function lockDataDir(dir: string, name = `the data folder ${dir}`): DataDirLock {
  const path = join(dir, 'lock');
  const own: Owner = { pid: process.pid, start: processStart(process.pid) ?? '', id: randomUUID() };
  const draft = `${path}.${own.id}`;
  try {
    mkdirSync(dir, { recursive: true });
    // Written in full before it gets its name, so that nobody ever reads half of one.
    writeFileSync(draft, `${JSON.stringify(own)}\n`);
    try {
      acquire(path, draft, name);
    } finally {
      rmSync(draft, { force: true });
    }
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError('data-dir-unusable', `${name} cannot be written: ${messageOf(error)}`, error);
  }
  held.add(own.id);
  return {
    release() {
      if (held.delete(own.id) && readOwner(path)?.id === own.id) unlinkSync(path);
    },
  };
}

function acquire(path: string, draft: string, name: string): void {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (linkIfFree(draft, path)) return;
    const owner = readOwner(path);
    if (owner === undefined) continue; // released meanwhile
    if (isAlive(owner)) throw inUse(name, owner);
    if (takeOver(path, draft, owner)) return;
  }
  throw new StartError('data-dir-in-use', `${name} is being taken by several processes at once`);
}

/**
 * Replaces the lock of an owner that has ended. Only who holds the claim on that very lock may, and looks again once it has it: of many that
 * found the same stale lock, one wins, and the others find the winner's.
 */
function takeOver(path: string, draft: string, stale: Owner): boolean {
  const claim = `${path}.claim-${stale.id}`;
  if (!linkIfFree(draft, claim)) {
    const claimant = readOwner(claim);
    // Whoever claims does it within microseconds; only one that was killed in them leaves its claim.
    if (claimant !== undefined && !isAlive(claimant)) rmSync(claim, { force: true });
    return false;
  }
  try {
    if (readOwner(path)?.id !== stale.id) return false;
    renameSync(draft, path);
    return true;
  } finally {
    rmSync(claim, { force: true });
  }
}

function linkIfFree(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(owner: Owner): boolean {
  if (owner.pid === process.pid && owner.start === (processStart(process.pid) ?? '')) return held.has(owner.id);
  const start = processStart(owner.pid);
  return start !== undefined && start === owner.start;
}

/** Undefined if there is no file; an owner that has ended if the file holds something else. */
function readOwner(path: string): Owner | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  return parseOwner(text) ?? { pid: 0, start: 'unknown', id: 'unknown' };
}

function parseOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return undefined;
    const { pid, start, id } = value;
    return typeof pid === 'number' && typeof start === 'string' && typeof id === 'string' && /^[\w-]+$/.test(id)
      ? { pid, start, id }
      : undefined;
  } catch {
    return undefined; // a power loss can leave an empty file
  }
}

const inUse = (name: string, { pid }: Owner): StartError =>
  new StartError('data-dir-in-use', `${name} is in use by another metlog (pid ${pid})`);
