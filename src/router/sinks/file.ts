import { statSync } from 'node:fs';
import { messageOf } from '../../core/text-of.ts';
import { codeOf, ConfigError } from '../errors.ts';
import type { Sink, SinkContext } from '../sink.ts';
import { FILE_DEFAULTS, type FileSpec } from './file-spec.ts';
import type { FileCalls } from './file/file-calls.ts';
import { createRotatedFile } from './file/rotated-file.ts';
import { ndjsonLine } from './ndjson-line.ts';
import { untilAborted } from './until-aborted.ts';

/**
 * Appends each message as a line of JSON to a file. A disk that is full, or a file that cannot be written, makes the messages wait. Throws
 * ConfigError if the path leads to something that is no file.
 */
export function createFileSink(spec: FileSpec, { name }: SinkContext, calls?: FileCalls): Sink {
  const { path, maxBytes, keep } = { ...FILE_DEFAULTS, ...spec };
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) {
    throw new ConfigError('bad-option', `sinks.${name}.path must be a file, and ${path} is none`);
  }
  const file = createRotatedFile({ path, maxBytes, keep }, calls);
  let isClosed = false;
  let last: Promise<unknown> = Promise.resolve();

  /** Runs the tasks one after the other: one that a silent disk holds up may outlive its write. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = last.then(task);
    last = done.catch(() => undefined); // whoever asked for it is told
    return done;
  }

  async function append(lines: readonly string[], signal: AbortSignal) {
    let from = 0;
    try {
      while (from < lines.length && !signal.aborted) from += await file.append(lines.slice(from));
    } catch (error) {
      const isFull = codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT';
      return { retry: { from, reason: isFull ? `no space is left for ${path}` : messageOf(error) } };
    }
    return from === lines.length ? {} : { retry: { from, reason: `${path} takes too long` } };
  }

  return {
    name,
    write(messages, signal) {
      if (isClosed) return Promise.reject(new Error('the sink is closed'));
      const lines = messages.map(ndjsonLine);
      return untilAborted(
        inTurn(() => append(lines, signal)),
        signal,
      );
    },
    flush: () => (isClosed ? Promise.resolve() : inTurn(() => file.sync())),
    close() {
      isClosed = true;
      return inTurn(() => file.close());
    },
  };
}
