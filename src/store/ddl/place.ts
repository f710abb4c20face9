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

/** How an engine names a place; undefined where it cannot read it. `promoteAfterMs` is how long a message may be where engines do not see it. */
export function ddlLocation(engine: DdlEngine, place: DdlPlace, promoteAfterMs: number): DdlLocation | undefined {
  const minutes = Math.ceil(promoteAfterMs / 60_000);
  const newest = `The newest messages, up to ${minutes} minute${minutes === 1 ? '' : 's'} of them`;
  switch (place.kind) {
    case 'url':
      if (engine === 'duckdb' && !place.url.startsWith('s3:')) return undefined;
      return { location: place.url.replace(/(?<=[^/])\/+$/, ''), notes: [] };
    case 'folder':
      return {
        location: engine === 'duckdb' ? place.dir : `file://${place.dir}`,
        notes: [`${newest}, ${FOLDER_NOTE}`],
      };
    case 'hdfs':
      if (engine === 'duckdb') return undefined;
      return { location: place.path, notes: [`${newest}, ${COPY_NOTE}`, HDFS_NOTE] };
    case 's3': {
      const path = place.prefix === '' ? place.bucket : `${place.bucket}/${place.prefix}`;
      // Hadoop's file system of S3 goes by a name of its own, unless the cluster is one of Amazon's.
      const scheme = engine === 'hive' || engine === 'spark' ? 's3a' : 's3';
      const notes = [`${newest}, ${COPY_NOTE}`, engine === 'duckdb' ? S3_SECRET_NOTE : S3_NOTE];
      return { location: `${scheme}://${path}`, notes };
    }
  }
}

/** Whether a text can be a place for an engine: a URL, or a folder's name. */
export const isDdlUrl = (text: string): boolean => isRemoteUrl(text) && !/[\p{Cc}\p{Cs}]/u.test(text);

const FOLDER_NOTE =
  'are not in these files yet: metlog query sees them. Within a minute of a merge, rows may be seen twice.';
const COPY_NOTE =
  'and what is not copied yet, are not in these files: metlog query sees them on the machine of the router.';
const HDFS_NOTE =
  'The path is on the default file system of the cluster: the port in the configuration is that of WebHDFS, which engines do not speak. --location names another.';
const S3_NOTE =
  'Which scheme reads S3, and with which credentials, is for the cluster to say. --location names another.';
const S3_SECRET_NOTE = 'Credentials: CREATE SECRET (TYPE s3, PROVIDER credential_chain), with the extension aws.';
