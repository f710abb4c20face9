import { RemoteError } from '../remote.ts';
import type { S3Connection } from './s3-connection.ts';

export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
}

export interface Listing {
  readonly objects: readonly ListedObject[];
  /** With `folders`: what keys have in common up to the next `/`, that included. */
  readonly folders: readonly string[];
}

/** Lists what lies under the keys that begin with `prefix`; with `folders`, not what lies in folders below. */
export async function listObjects(
  { s3, client, bucket, endpoint, call }: S3Connection,
  prefix: string,
  options: { readonly folders?: boolean; readonly signal?: AbortSignal | undefined } = {},
): Promise<Listing> {
  const objects: ListedObject[] = [];
  const folders: string[] = [];
  let token: string | undefined;
  do {
    const command = new s3.ListObjectsV2Command({
      Bucket: bucket,
      Prefix: prefix,
      EncodingType: 'url', // a key may have characters that XML has not
      ...(options.folders === true ? { Delimiter: '/' } : {}),
      ...(token === undefined ? {} : { ContinuationToken: token }),
    });
    const page = await call('ListObjectsV2', options.signal, (told) => client.send(command, told));
    for (const { Key, Size } of page.Contents ?? []) {
      const key = decodeKey(Key);
      if (key !== undefined && Number.isSafeInteger(Size)) objects.push({ key, bytes: Size ?? 0 });
    }
    for (const { Prefix } of page.CommonPrefixes ?? []) {
      const folder = decodeKey(Prefix);
      if (folder !== undefined) folders.push(folder);
    }
    const next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    if (next !== undefined && next === token)
      throw new RemoteError('away', `the listing of bucket ${bucket} at ${endpoint} goes in circles.`);
    token = next;
  } while (token !== undefined);
  return { objects, folders };
}

function decodeKey(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined; // none of ours: those are ASCII
  }
}

/** Aborts the multipart uploads to this key. */
export async function abortUploads(
  { s3, client, bucket, endpoint, call, raw, failure }: S3Connection,
  key: string,
  signal?: AbortSignal,
): Promise<void> {
  let after: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (;;) {
    const command = new s3.ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key, ...after });
    const page = await call('ListMultipartUploads', signal, (told) => client.send(command, told));
    for (const { Key, UploadId } of page.Uploads ?? []) {
      if (Key !== key || UploadId === undefined) continue;
      const abort = new s3.AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId });
      try {
        await raw(signal, (told) => client.send(abort, told));
      } catch (error) {
        // Completed, or aborted, since it was listed.
        if (!(error instanceof s3.NoSuchUpload)) throw failure(error, 'AbortMultipartUpload', signal);
      }
    }
    if (page.IsTruncated !== true || page.NextKeyMarker === undefined) return;
    const next = {
      KeyMarker: page.NextKeyMarker,
      ...(page.NextUploadIdMarker === undefined ? {} : { UploadIdMarker: page.NextUploadIdMarker }),
    };
    if (JSON.stringify(next) === JSON.stringify(after)) {
      throw new RemoteError('away', `the listing of uploads to bucket ${bucket} at ${endpoint} goes in circles.`);
    }
    after = next;
  }
}
