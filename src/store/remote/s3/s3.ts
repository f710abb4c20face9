import { createHash } from 'node:crypto';
import { parseArchiveFileName, type ArchiveFileName } from '../../layout.ts';
import { limited, tooMuch } from '../limited.ts';
import { checkFilePath, checkPath, dayFolder, isPathPart, parseDayFolder } from '../remote-path.ts';
import { RemoteError, type Remote, type RemoteFile } from '../remote.ts';
import { readSmallText } from '../small-text.ts';
import { digestContent, verifyContent, type ContentDigest } from './content-digest.ts';
import { abortUploads, listObjects } from './list-objects.ts';
import { loadS3 } from './load-s3.ts';
import { withFile, withLocal } from './local-file.ts';
import { createFilePutter, digestFile } from './put-file.ts';
import { chunksOf, findObject, lookUpObject, openObject } from './read-object.ts';
import { connectS3, type S3Connection, type S3Options, type S3Place } from './s3-connection.ts';

/**
 * An archive in S3, or in a store that speaks as S3 does. Rejects with MissingPeerError without `@aws-sdk/client-s3`.
 *
 * A file is one object, which its store makes visible whole. It is written only if a look shows that none is there, and under the condition that none is
 * (`If-None-Match: *`), so that of two writers one wins. A store that does not know the condition has the look alone: two writers that write the same name at
 * the same moment may then both believe that theirs stayed. Some know it for whole objects, and pass over it where the parts of one above 64 MiB are put together.
 * What lies there afterwards is compared by length and the store's own MD5 or SHA-256, and read back where it tells neither.
 */
export async function createS3Remote(place: S3Place, options: S3Options = {}): Promise<Remote> {
  const connection = connectS3(await loadS3(), place, options);
  const { s3, client, bucket, endpoint, url, key, call } = connection;
  const putter = createFilePutter(connection, bucket);
  const root = key('');

  return {
    url,

    async list({ wants, signal } = {}) {
      const prefixes =
        wants === undefined
          ? [key('dt=')]
          : (await listDays(connection, signal)).filter(wants).map((dt) => key(`${dayFolder(dt)}/`));
      const files: RemoteFile[] = [];
      for (const prefix of prefixes) {
        const { objects } = await listObjects(connection, prefix, { signal });
        for (const object of objects) {
          const path = object.key.slice(root.length);
          if (fileAt(path) !== undefined) files.push({ path, bytes: object.bytes });
        }
      }
      return files;
    },

    days: (signal) => listDays(connection, signal),

    async put(from, path, signal) {
      checkFilePath(path);
      return withFile(from, 'r', async (handle) => {
        const { size: bytes } = await withLocal(from, () => handle.stat());
        const file = { path: from, handle, bytes };
        const before = await lookUpObject(connection, key(path), signal);
        const digest =
          before === undefined ? await putter.put(file, key(path), signal) : await digestFile(file, signal);
        const stored = before ?? (await lookUpObject(connection, key(path), signal));
        if (stored === undefined)
          throw new RemoteError('away', `bucket ${bucket} at ${endpoint} has no ${path}, which was just written.`);
        const readBack = async (): Promise<ContentDigest> =>
          digestContent(chunksOf(connection, await openObject(connection, key(path), signal), signal), bytes);
        const verified = await verifyContent(stored, digest, readBack);
        if (verified !== undefined) return verified;
        const held = stored.bytes === bytes ? 'other content' : `${stored.bytes} bytes in place of ${bytes}`;
        throw new RemoteError('conflict', `${url} has ${path} already, with ${held}.`);
      });
    },

    async replace(text, path, signal) {
      checkPath(path);
      const command = new s3.PutObjectCommand({
        Bucket: bucket,
        Key: key(path),
        Body: text,
        ContentMD5: createHash('md5').update(text).digest('base64'),
      });
      await call('PutObject', signal, (told) => client.send(command, told));
    },

    async read(path, signal) {
      checkPath(path);
      const body = await findObject(connection, key(path), signal);
      return body && readSmallText(chunksOf(connection, body, signal), url, path);
    },

    async names(folder, signal) {
      checkPath(folder);
      const { objects } = await listObjects(connection, key(`${folder}/`), { folders: true, signal });
      const paths = objects.map((object) => object.key.slice(root.length));
      return paths.filter((path) => isPathPart(path.slice(folder.length + 1)));
    },

    async get(path, to, { signal, onBytes, maxBytes = Infinity } = {}) {
      checkFilePath(path);
      const body = await openObject(connection, key(path), signal);
      const content = limited(chunksOf(connection, body, signal), maxBytes, () => tooMuch(url, path, maxBytes));
      await withFile(to, 'w', async (handle) => {
        for await (const chunk of content) {
          await withLocal(to, () => handle.writeFile(chunk));
          onBytes?.(chunk.length);
        }
      }).finally(() => body.stream.destroy());
    },

    async remove(path, signal) {
      checkPath(path);
      const command = new s3.DeleteObjectCommand({ Bucket: bucket, Key: key(path) });
      await call('DeleteObject', signal, (told) => client.send(command, told));
    },

    removeDay: () => Promise.resolve(), // there are no folders

    async tidy(path, signal) {
      checkFilePath(path);
      await abortUploads(connection, key(path), signal);
    },

    close() {
      client.destroy();
      return Promise.resolve();
    },
  };
}

/** What the path of a file of the archive states; undefined for any other key: what a store tells is not trusted. */
function fileAt(path: string): ArchiveFileName | undefined {
  const [folder = '', name = '', ...rest] = path.split('/');
  return rest.length === 0 && parseDayFolder(folder) !== undefined ? parseArchiveFileName(name) : undefined;
}

async function listDays(connection: S3Connection, signal?: AbortSignal): Promise<readonly string[]> {
  const { folders } = await listObjects(connection, connection.key('dt='), { folders: true, signal });
  return folders.flatMap((folder) => parseDayFolder(folder.slice(connection.key('').length, -1)) ?? []);
}
