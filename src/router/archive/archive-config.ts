import type { RemoteOptions } from '../../store/remote/remote-options.ts';
import type { Match } from '../routes/route.ts';

/** What a router is told of its archive; everything has a default. */
export interface ArchiveConfig {
  /**
   * Folder of the Parquet files. Or the URL of a store that they are copied to as they are made, `hdfs://host[:port][,host[:port]]/path` (the port of WebHDFS, 9870 unless it is named, 9871 with `hdfs.tls`) or
   * `s3://bucket[/prefix]`: then they are in `<dataDir>/archive` too, for `retentionDays`. @default <dataDir>/archive
   */
  readonly dir?: string;
  /** Days that are kept here. What is still to be copied to a store stays longer. @default 30 */
  readonly retentionDays?: number;
  /** Pause between two looks for small files to merge and to copy, in milliseconds. @default 10000 */
  readonly mergeEveryMs?: number;
  /** Longest a message stays in `_recent`, where other engines do not see it, in milliseconds. @default 900000, with a store 3600000: a file there is final, and few are better */
  readonly promoteAfterMs?: number;
  /** What this router's files in a store are called, before eight digits that tell it from others of the name. It holds from the first start on. @default the host's name */
  readonly name?: string;
  /**
   * Days that this router's files are kept in the store; older ones are not copied either. A longer time later brings back nothing that was deleted there, but for what was imported; it has
   * those days copied that never were, as far as they are still here. @default for ever
   */
  readonly remoteRetentionDays?: number;
  /** Bytes that may wait for the store past `retentionDays`; past them the oldest files are deleted, and counted. What was imported waits beyond them. @default 10737418240 */
  readonly maxWaitingBytes?: number;
  /** How an `hdfs:` store is reached. Read at the start, as is what the environment says of it: another user or token wants a restart. */
  readonly hdfs?: NonNullable<RemoteOptions['hdfs']>;
  /** How an `s3:` store is reached. Read at the start: another key wants a restart, also one in the environment or a profile. What a role gives, and whatever else says when it expires, is renewed. */
  readonly s3?: NonNullable<RemoteOptions['s3']>;
  /** Messages that it takes, what fits the match, or any of several; others are counted. @default all */
  readonly only?: Match | readonly Match[];
  /** Messages that it leaves out, and which are counted: what fits the match, or any of several; `'routed'`: what any route took, but for `otherwise`. @default none */
  readonly except?: Match | readonly Match[] | 'routed';
}
