import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Verified } from '../remote.ts';
import type { FileStatus, RemoteChecksum } from './answers.ts';
import { settled } from './exchange.ts';
import { fileChecksum, parseChecksumMethod, sha256Of } from './file-checksum.ts';
import { HdfsError } from './hdfs-error.ts';
import { local } from './local.ts';
import type { WebHdfs } from './web-hdfs.ts';

/**
 * Compares what is at `path`, of which `status` was told, with a local file of `bytes`: undefined if they differ. By the checksum that HDFS has, if it is one that can be worked
 * out here; else, and before two files of one length are said to differ, by reading it all back. Files that are encrypted at rest, or erasure coded, have checksums of their own.
 */
export async function compareContent(
  web: WebHdfs,
  path: string,
  status: FileStatus,
  file: FileHandle,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<Verified | undefined> {
  if (status.type !== 'FILE' || status.length !== bytes) return undefined;
  if (bytes > 0) {
    const told = await checksumOf(web, path, signal);
    const method = told && parseChecksumMethod(told.algorithm, status.blockSize);
    if (told !== undefined && method !== undefined) {
      const ours = await local(fileChecksum(file, status.blockSize, method));
      if (
        told.bytes
          .slice(0, 2 * told.length)
          .toLowerCase()
          .endsWith(ours)
      )
        return { bytes, checksum: `${told.algorithm}:${ours}` };
    }
  }
  const [ours, theirs] = [await local(sha256Of(file)), bytes === 0 ? SHA256_OF_NOTHING : await readBack(web, path, signal)]; // prettier-ignore
  return ours === theirs ? { bytes, checksum: `SHA-256:${ours}` } : undefined;
}

/** Undefined where it cannot be asked for: some gateways have no such operation. */
async function checksumOf(
  web: WebHdfs,
  path: string,
  signal: AbortSignal | undefined,
): Promise<RemoteChecksum | undefined> {
  try {
    return await web.checksum(path, signal);
  } catch (error) {
    if (error instanceof HdfsError && error.exception === 'UnsupportedOperationException') return undefined;
    throw error;
  }
}

const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

async function readBack(web: WebHdfs, path: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const opened = await web.open(path, signal);
  if (opened === undefined) return undefined;
  const hash = createHash('sha256');
  const read = async (): Promise<void> => {
    for await (const part of opened.answer as AsyncIterable<Buffer>) hash.update(part);
  };
  await settled(opened.url, signal, read());
  return hash.digest('hex');
}
