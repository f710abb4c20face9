import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isRecord } from '../../core/json.ts';
import { codeOf } from '../errors.ts';
import { processPlace } from './lock-place.ts';
import { processStart } from './process-start.ts';

/** What a lock says of the process that has it. */
export interface Owner {
  readonly pid: number;
  /** See `processStart`. */
  readonly start: string;
  /** Tells this lock from any other of the same process. */
  readonly id: string;
  /** See `processPlace`; undefined in locks of earlier versions. */
  readonly place: string | undefined;
  /** The machine's or the container's name, for people. */
  readonly host: string | undefined;
}

/** What people are shown of a file that anyone may have written. */
const HOST = /^[\w.-]{1,255}$/;

/** This process, for a lock of its own. Without a known place it has one that no process shares. */
export const newOwner = (): Owner => ({
  pid: process.pid,
  start: processStart(process.pid) ?? '',
  id: randomUUID(),
  place: processPlace() ?? randomUUID(),
  host: hostname(),
});

/** Undefined if there is no file; an owner that has ended if the file holds something else. */
export function readOwner(path: string): Owner | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  return parseOwner(text) ?? { pid: 0, start: 'unknown', id: 'unknown', place: undefined, host: undefined };
}

/** Undefined for what is no lock's text. */
export function parseOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return undefined;
    const { pid, start, id, place, host } = value;
    if (typeof pid !== 'number' || typeof start !== 'string') return undefined;
    if (typeof id !== 'string' || !/^[\w-]+$/.test(id)) return undefined;
    return {
      pid,
      start,
      id,
      place: typeof place === 'string' ? place : undefined,
      host: typeof host === 'string' && HOST.test(host) ? host : undefined,
    };
  } catch {
    return undefined; // a power loss can leave an empty file
  }
}
