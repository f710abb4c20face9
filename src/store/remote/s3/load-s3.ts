import { loadPeer } from '../../peer.ts';

/** `@aws-sdk/client-s3`, which nothing loads but an archive in S3. */
export type S3Module = typeof import('@aws-sdk/client-s3');

/** Loads `@aws-sdk/client-s3`. Rejects with MissingPeerError if it is not installed. */
export const loadS3 = (load: () => Promise<S3Module> = () => import('@aws-sdk/client-s3')): Promise<S3Module> =>
  loadPeer('@aws-sdk/client-s3', 'an archive at s3://', load);
