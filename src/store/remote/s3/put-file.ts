import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { RemoteError } from '../remote.ts';
import {
  PART_BYTES,
  WHOLE_BYTES,
  digestContent,
  digestPart,
  type ContentDigest,
  type PartDigest,
} from './content-digest.ts';
import { readFully } from './local-file.ts';
import type { S3Connection } from './s3-connection.ts';
import { describeFailure } from './s3-failure.ts';

/** An open local file that is sent. */
export interface SentFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly bytes: number;
}

export interface FilePutter {
  /**
   * Writes a file under a key that nothing lies under. If something does by now, that stays, in a store that knows the condition, and nothing is told: who
   * calls compares what is there.
   */
  put(file: SentFile, key: string, signal?: AbortSignal): Promise<ContentDigest>;
}

/** Of a file that is read from the start to its end. */
const READ_BYTES = 1024 * 1024;
/** How long the abort of an upload that failed may take. */
const ABORT_WITHIN_MS = 10_000;
const PRECONDITION_FAILED = 412;
const NOT_IMPLEMENTED = 501;
const BAD_REQUEST = 400;

/**
 * Puts files whole or, above 64 MiB, in parts. Each request has the MD5 and the SHA-256 of what it carries, which the store checks, and what makes an object
 * visible has the condition that none is there. A store that does not know them (501, or 400 and the header's name) is asked without SHA-256 and condition.
 */
export function createFilePutter({ s3, client, raw, call, failure }: S3Connection, bucket: string): FilePutter {
  let isPlain = false;

  /** Asks in full, or plainly if that is what the store wants. False if something lies under the key already. */
  const askFor = async (
    operation: string,
    signal: AbortSignal | undefined,
    ask: (plain: boolean) => Promise<void>,
  ): Promise<boolean> => {
    try {
      try {
        await ask(isPlain);
      } catch (error) {
        if (isPlain || !isUnknownHeader(error)) throw error;
        isPlain = true;
        await ask(isPlain);
      }
      return true;
    } catch (error) {
      if (describeFailure(error).status === PRECONDITION_FAILED) return false;
      throw failure(error, operation, signal);
    }
  };

  const putWhole = async (file: SentFile, key: string, signal?: AbortSignal): Promise<ContentDigest> => {
    const digest = await digestFile(file, signal);
    const checksums = checksumsOf(digest.parts);
    await askFor('PutObject', signal, async (plain) => {
      // A stream of the file handle itself would close it.
      const body = Readable.from(chunksOfFile(file, signal), { objectMode: false, highWaterMark: READ_BYTES });
      let readError: Error | undefined;
      body.on('error', (error) => (readError = error));
      try {
        await raw(signal, (options) =>
          client.send(
            new s3.PutObjectCommand({
              Bucket: bucket,
              Key: key,
              Body: file.bytes === 0 ? '' : body,
              ContentLength: file.bytes,
              ...(plain ? { ContentMD5: checksums.ContentMD5 } : { ...checksums, IfNoneMatch: '*' }),
            }),
            options,
          ),
        );
      } catch (error) {
        throw readError instanceof RemoteError ? readError : error; // the client's is about a stream that ended
      } finally {
        body.destroy();
      }
    });
    return digest;
  };

  const putParts = async (file: SentFile, key: string, signal?: AbortSignal): Promise<ContentDigest> => {
    let id: string | undefined;
    await askFor('CreateMultipartUpload', signal, async (plain) => {
      const input = { Bucket: bucket, Key: key, ...(plain ? {} : { ChecksumAlgorithm: 'SHA256' as const }) };
      const answer = await raw(signal, (options) => client.send(new s3.CreateMultipartUploadCommand(input), options));
      id = answer.UploadId;
    });
    const upload = { Bucket: bucket, Key: key, UploadId: id };
    let isDone = false;
    try {
      const parts: (PartDigest & { readonly etag: string | undefined })[] = [];
      const buffer = Buffer.allocUnsafe(PART_BYTES);
      for (let at = 0; at < file.bytes; at += PART_BYTES) {
        const content = buffer.subarray(0, Math.min(PART_BYTES, file.bytes - at));
        await readFully(file.path, file.handle, content, at);
        const digest = digestPart(content);
        const checksums = checksumsOf([digest]);
        await askFor('UploadPart', signal, async (plain) => {
          const input = {
            ...upload,
            PartNumber: parts.length + 1,
            Body: content,
            ...(plain ? { ContentMD5: checksums.ContentMD5 } : checksums),
          };
          const { ETag: etag } = await raw(signal, (options) => client.send(new s3.UploadPartCommand(input), options));
          parts.push({ ...digest, etag });
        });
      }
      isDone = await askFor('CompleteMultipartUpload', signal, async (plain) => {
        const named = parts.map(({ etag, sha256 }, index) => ({
          PartNumber: index + 1,
          ETag: etag,
          ...(plain ? {} : { ChecksumSHA256: sha256.toString('base64') }),
        }));
        const input = { ...upload, MultipartUpload: { Parts: named }, ...(plain ? {} : { IfNoneMatch: '*' }) };
        await raw(signal, (options) => client.send(new s3.CompleteMultipartUploadCommand(input), options));
      });
      return { bytes: file.bytes, parts };
    } finally {
      if (!isDone) {
        const abort = new s3.AbortMultipartUploadCommand(upload);
        await call('AbortMultipartUpload', AbortSignal.timeout(ABORT_WITHIN_MS), (options) =>
          client.send(abort, options),
        ).catch(() => undefined); // then it is left to `tidy`; what went wrong first is told
      }
    }
  };

  return { put: (file, key, signal) => (file.bytes <= WHOLE_BYTES ? putWhole : putParts)(file, key, signal) };
}

/** Reads a local file for its digest. */
export const digestFile = (file: SentFile, signal?: AbortSignal): Promise<ContentDigest> =>
  digestContent(chunksOfFile(file, signal), file.bytes);

/** Rejects with RemoteError, of kind `local` or `aborted`. */
async function* chunksOfFile({ path, handle, bytes }: SentFile, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes; at += READ_BYTES) {
    if (signal?.aborted === true) throw new RemoteError('aborted', `Reading the local file ${path} was stopped.`);
    const chunk = Buffer.allocUnsafe(Math.min(READ_BYTES, bytes - at));
    await readFully(path, handle, chunk, at);
    yield chunk;
  }
}

function checksumsOf([part]: readonly PartDigest[]): { ContentMD5?: string; ChecksumSHA256?: string } {
  return part === undefined
    ? {}
    : { ContentMD5: part.md5.toString('base64'), ChecksumSHA256: part.sha256.toString('base64') };
}

function isUnknownHeader(error: unknown): boolean {
  const { code, status } = describeFailure(error);
  if (status === NOT_IMPLEMENTED || code === 'NotImplemented') return true;
  return status === BAD_REQUEST && error instanceof Error && /if-none-match|x-amz-(checksum|sdk)/i.test(error.message);
}
