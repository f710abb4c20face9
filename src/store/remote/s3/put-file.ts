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

/** What a request has that some stores do not know. */
type Extra = 'sha256' | 'condition';

/** How an answer names it. */
const NAMES: Readonly<Record<Extra, RegExp>> = { sha256: /x-amz-(checksum|sdk)/i, condition: /if-none-match/i };
/** Of a file that is read from the start to its end. */
const READ_BYTES = 1024 * 1024;
/** How long the abort of an upload that failed may take. */
const ABORT_WITHIN_MS = 10_000;
const PRECONDITION_FAILED = 412;
const NOT_IMPLEMENTED = 501;
const BAD_REQUEST = 400;

/**
 * Puts files whole or, above 64 MiB, in parts. Each request has the MD5 and the SHA-256 of what it carries, which the store checks, and what makes an object
 * visible has the condition that none is there. A store that does not know one of the two (400 and the header's name, or 501) is asked without that one; where
 * its answer names none, without the SHA-256 first.
 */
export function createFilePutter({ s3, client, raw, call, failure }: S3Connection, bucket: string): FilePutter {
  const unknown = new Set<Extra>();

  /** Asks in full, or plainly if that is what the store wants. False if something lies under the key already. */
  const askFor = async (
    operation: string,
    signal: AbortSignal | undefined,
    extras: readonly Extra[],
    ask: (has: (extra: Extra) => boolean) => Promise<void>,
  ): Promise<boolean> => {
    for (;;) {
      const sent = extras.filter((extra) => !unknown.has(extra));
      try {
        await ask((extra) => sent.includes(extra));
        return true;
      } catch (error) {
        if (describeFailure(error).status === PRECONDITION_FAILED) return false;
        const refused = unknownOf(error, sent);
        if (refused === undefined) throw failure(error, operation, signal);
        unknown.add(refused);
      }
    }
  };

  const putWhole = async (file: SentFile, key: string, signal?: AbortSignal): Promise<ContentDigest> => {
    const digest = await digestFile(file, signal);
    const checksums = checksumsOf(digest.parts);
    await askFor('PutObject', signal, ['sha256', 'condition'], async (has) => {
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
              ...(has('sha256') ? checksums : { ContentMD5: checksums.ContentMD5 }),
              ...(has('condition') ? { IfNoneMatch: '*' } : {}),
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
    await askFor('CreateMultipartUpload', signal, ['sha256'], async (has) => {
      const input = { Bucket: bucket, Key: key, ...(has('sha256') ? { ChecksumAlgorithm: 'SHA256' as const } : {}) };
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
        await askFor('UploadPart', signal, ['sha256'], async (has) => {
          const input = {
            ...upload,
            PartNumber: parts.length + 1,
            Body: content,
            ...(has('sha256') ? checksums : { ContentMD5: checksums.ContentMD5 }),
          };
          const { ETag: etag } = await raw(signal, (options) => client.send(new s3.UploadPartCommand(input), options));
          parts.push({ ...digest, etag });
        });
      }
      isDone = await askFor('CompleteMultipartUpload', signal, ['sha256', 'condition'], async (has) => {
        const named = parts.map(({ etag, sha256 }, index) => ({
          PartNumber: index + 1,
          ETag: etag,
          ...(has('sha256') ? { ChecksumSHA256: sha256.toString('base64') } : {}),
        }));
        const input = {
          ...upload,
          MultipartUpload: { Parts: named },
          ...(has('condition') ? { IfNoneMatch: '*' } : {}),
        };
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

/** What of `sent` the store does not know, going by its answer; undefined if it failed of something else. */
function unknownOf(error: unknown, sent: readonly Extra[]): Extra | undefined {
  const { code, status } = describeFailure(error);
  const isNotImplemented = status === NOT_IMPLEMENTED || code === 'NotImplemented';
  if (!(error instanceof Error) || (!isNotImplemented && status !== BAD_REQUEST)) return undefined;
  const named = sent.find((extra) => NAMES[extra].test(error.message));
  return named ?? (isNotImplemented ? sent[0] : undefined);
}
