import { Readable } from 'node:stream';
import { RemoteError } from '../remote.ts';
import type { StoredObject } from './content-digest.ts';
import type { S3Connection } from './s3-connection.ts';
import { describeFailure } from './s3-failure.ts';

/** The content of an object, as it comes. */
export interface ObjectBody {
  readonly stream: Readable;
  readonly bytes: number | undefined;
}

const NOT_FOUND = 404;

/** What a store says of the object under a key; undefined if there is none, or no bucket. */
export async function lookUpObject(
  connection: S3Connection,
  key: string,
  signal?: AbortSignal,
): Promise<StoredObject | undefined> {
  const { s3, client, bucket, raw, failure } = connection;
  try {
    const command = new s3.HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' });
    const answer = await raw(signal, (told) => client.send(command, told));
    return {
      bytes: answer.ContentLength ?? 0,
      etag: answer.ETag?.replaceAll('"', ''),
      sha256: answer.ChecksumSHA256,
    };
  } catch (error) {
    const { status } = describeFailure(error);
    if (status === NOT_FOUND) return undefined;
    // An answer to HEAD has no content, and so no reason: GET tells it.
    if (status !== undefined) (await findObject(connection, key, signal))?.stream.destroy();
    throw failure(error, 'HeadObject', signal);
  }
}

/** The content of an object. Rejects with `refused` if there is none. */
export async function openObject(connection: S3Connection, key: string, signal?: AbortSignal): Promise<ObjectBody> {
  const body = await findObject(connection, key, signal);
  const { bucket, endpoint } = connection;
  if (body === undefined) {
    throw new RemoteError('refused', `there is no object ${key} in bucket ${bucket} at ${endpoint}.`);
  }
  return body;
}

/** The content of an object; undefined if there is none. */
export async function findObject(
  { s3, client, bucket, endpoint, raw, failure }: S3Connection,
  key: string,
  signal?: AbortSignal,
): Promise<ObjectBody | undefined> {
  try {
    const command = new s3.GetObjectCommand({ Bucket: bucket, Key: key });
    const { Body: stream, ContentLength } = await raw(signal, (told) => client.send(command, told));
    if (!(stream instanceof Readable)) throw new RemoteError('away', `${key} came without content from ${endpoint}.`);
    return { stream, bytes: ContentLength };
  } catch (error) {
    if (error instanceof s3.NoSuchKey) return undefined;
    throw failure(error, 'GetObject', signal);
  }
}

/** All of it; rejects if the store ends it too early. */
export async function* chunksOf(
  { endpoint, failure }: S3Connection,
  { stream, bytes }: ObjectBody,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  const chunks: AsyncIterator<unknown> = stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await chunks.next().catch((error: unknown) => {
        throw failure(error, 'GetObject', signal);
      });
      if (step.done === true) break;
      if (!(step.value instanceof Uint8Array)) continue;
      read += step.value.length;
      yield step.value;
    }
  } finally {
    stream.destroy();
  }
  if (bytes !== undefined && read !== bytes) throw new RemoteError('away', `an answer of ${endpoint} ended too early.`);
}
