/** A file of a remote archive. */
export interface RemoteFile {
  /** Below the archive's own folder, `/` between its parts: `dt=2026-11-27/shop-1f2e3d4c.0000000000000000-0000000000000099.parquet`. */
  readonly path: string;
  readonly bytes: number;
}

/** What a copy was compared by, after it had been written. */
export interface Verified {
  readonly bytes: number;
  /** Of the content, with the name of its algorithm in front, as the store told it or as it was read back. */
  readonly checksum: string;
}

/**
 * An archive's copy in another store. Any number of routers write to one, each under names of its own; what is visible in a `dt=` folder is whole, and never changes.
 * Every call rejects with RemoteError, and with nothing else; `signal` ends it, and then it rejects with kind `aborted`. Nothing is retried here: who calls knows for how long.
 */
export interface Remote {
  /** Where it is, as it may be shown and told apart from others: without user, key or token. */
  readonly url: string;
  /** The visible files of the `dt=` folders, or of those that `wants` lets through, in no order; empty if there is no archive yet. Names that begin with `_` or `.` are not visible. */
  list(options?: {
    readonly wants?: (dt: string) => boolean;
    readonly signal?: AbortSignal;
  }): Promise<readonly RemoteFile[]>;
  /** Rejects with kind `refused` where the archive's own folder is not there. A store that has no folders has no such call. */
  requireFolder?(signal?: AbortSignal): Promise<void>;
  /** The days of which there is a folder, in no order; without what is in them. */
  days(signal?: AbortSignal): Promise<readonly string[]>;
  /**
   * Copies a local file to `path`, where readers see all of it or nothing, and compares what is there by length and checksum. If the same content is there already, that is it;
   * rejects with kind `conflict`, and changes nothing, if another is.
   */
  put(from: string, path: string, signal?: AbortSignal): Promise<Verified>;
  /** Writes a small text over what was at `path`, which is hidden from engines (its first part begins with `_`). */
  replace(text: string, path: string, signal?: AbortSignal): Promise<void>;
  /** The small text at `path`; undefined if there is none. Rejects with kind `conflict` for one longer than MAX_TEXT_BYTES: that is none of ours. */
  read(path: string, signal?: AbortSignal): Promise<string | undefined>;
  /** The small texts of a folder, hidden ones too, by their paths. */
  names(folder: string, signal?: AbortSignal): Promise<readonly string[]>;
  /**
   * Copies the file at `path` to a local one, which is written over. `onBytes` is told each piece's length. Where more than `maxBytes` come, which is what was listed, it rejects with kind `away`:
   * who sends without end would fill the disk.
   */
  get(
    path: string,
    to: string,
    options?: {
      readonly signal?: AbortSignal;
      readonly onBytes?: (count: number) => void;
      /** @default Infinity */
      readonly maxBytes?: number;
    },
  ): Promise<void>;
  /** Deletes; nothing happens where there is nothing. */
  remove(path: string, signal?: AbortSignal): Promise<void>;
  /** Deletes the folder of a day, where a store has folders and nothing is in this one. */
  removeDay(dt: string, signal?: AbortSignal): Promise<void>;
  /** Deletes what earlier `put`s to `path` left half done: a hidden file, parts of uploads. What is visible there stays. */
  tidy(path: string, signal?: AbortSignal): Promise<void>;
  /** Releases connections. */
  close(): Promise<void>;
}

/**
 * - `away`: not reached, overloaded, starting, read only, or on standby. It will pass.
 * - `refused`: reached, and it will not: path, user, bucket, credential, quota. It will pass when somebody has seen to it.
 * - `conflict`: other content lies under the name of a file, or part of its messages may lie in another. It concerns that file alone.
 * - `local`: the local file cannot be read or written.
 * - `aborted`: as it was asked.
 */
export type RemoteFailure = 'away' | 'refused' | 'conflict' | 'local' | 'aborted';

/** Why something could not be done: one plain sentence that names the store and what to look at, without credentials. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly kind: RemoteFailure;

  constructor(kind: RemoteFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
