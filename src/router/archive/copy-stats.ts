/** What is known of the archive's copy in another store. */
export interface CopyStats {
  /** Where it is, as `Remote.url`. */
  readonly url: string;
  /** Files that have left `_recent` and are not there yet, as of the latest look: at most `everyMs` before the file at hand began to be copied. */
  readonly waitingFiles: number;
  readonly waitingBytes: number;
  /** Messages in them, as their footers say; of a file that cannot be read, as many as its name allows for. */
  readonly waitingMessages: number;
  /** Since the start, as the next four. */
  readonly copiedFiles: number;
  readonly copiedBytes: number;
  readonly copiedMessages: number;
  /** Attempts that failed, of one file or of all, or to tidy up, write the types and delete old days. */
  readonly failures: number;
  /** Messages that will not come there: deleted here as too many bytes waited past their retention, or of days that went out of `remoteRetentionDays` while they waited. */
  readonly expired: number;
  /** Files that wait because other content has the name there, or part of the messages may be there already, in another file. */
  readonly conflicts: number;
  /** Why files are not copied, in a sentence; undefined while they are. */
  readonly trouble: string | undefined;
}
