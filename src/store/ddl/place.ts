import { isRemoteUrl, type RemotePlace } from '../remote/remote-url.ts';
import type { DdlEngine } from './ddl.ts';

/** Where the files are: a folder of this machine by its absolute path, a store, or what somebody wrote for the engine to read. */
export type DdlPlace =
  { readonly kind: 'folder'; readonly dir: string } | { readonly kind: 'url'; readonly url: string } | RemotePlace;

/** A place as an engine is told it. */
export interface DdlLocation {
  readonly location: string;
  /** What whoever runs the statements has to know of it. */
  readonly notes: readonly string[];
}

/** How an engine names a place; undefined where it cannot read it. */
export function ddlLocation(engine: DdlEngine, place: DdlPlace): DdlLocation | undefined {
  switch (place.kind) {
    case 'url':
      return engine === 'duckdb' && !place.url.startsWith('s3:') ? undefined : { location: place.url, notes: [] };
    case 'folder':
      return { location: engine === 'duckdb' ? place.dir : `file://${place.dir}`, notes: [FOLDER_NOTE] };
    case 'hdfs':
      if (engine === 'duckdb') return undefined;
      return { location: place.path, notes: [HDFS_NOTE] };
    case 's3': {
      const path = place.prefix === '' ? place.bucket : `${place.bucket}/${place.prefix}`;
      // Hadoop's file system of S3 goes by a name of its own, unless the cluster is one of Amazon's.
      const scheme = engine === 'hive' || engine === 'spark' ? 's3a' : 's3';
      return { location: `${scheme}://${path}`, notes: [engine === 'duckdb' ? S3_SECRET_NOTE : S3_NOTE] };
    }
  }
}

/** Whether a text can be a place for an engine: a URL, or a folder's name. */
export const isDdlUrl = (text: string): boolean => isRemoteUrl(text) && !/[\p{Cc}\p{Cs}]/u.test(text);

const FOLDER_NOTE =
  'The newest messages, up to 15 minutes of them, are not in these files yet: metlog query sees them. Within a minute of a merge, rows may be seen twice.';
const HDFS_NOTE =
  'The path is on the default file system of the cluster: the port in the configuration is that of WebHDFS, which engines do not speak. --location names another.';
const S3_NOTE =
  'Which scheme reads S3, and with which credentials, is for the cluster to say. --location names another.';
const S3_SECRET_NOTE = 'Credentials: CREATE SECRET (TYPE s3, PROVIDER credential_chain), with the extension aws.';
