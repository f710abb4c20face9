import { createHdfsRemote } from './hdfs/hdfs.ts';
import type { RemoteOptions } from './remote-options.ts';
import { parseRemoteUrl } from './remote-url.ts';
import { RemoteError, type Remote } from './remote.ts';

/** The remote archive at this URL; nothing is asked of it yet. Rejects with RemoteError, and with MissingPeerError where the client of an S3 is not installed. */
export async function openRemote(url: string, options: RemoteOptions = {}): Promise<Remote> {
  const place = parseRemoteUrl(url, { isTls: options.hdfs?.tls });
  switch (place?.kind) {
    case 'hdfs':
      return createHdfsRemote(place, options.hdfs);
    case 's3':
      return (await import('./s3/s3.ts')).createS3Remote(place, options.s3);
    case undefined:
      throw new RemoteError('refused', `${JSON.stringify(url)} is no URL of a remote archive.`);
  }
}
