import { createHash } from 'node:crypto';
import type { Verified } from '../remote.ts';

/** Up to here a file is one request, which every store makes visible at once, and under a condition. */
export const WHOLE_BYTES: number = 64 * 1024 * 1024;
/** Of a larger file; one is held in memory. 10,000 parts are allowed: 156 GiB. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const PART_BYTES: number = 16 * 1024 * 1024;

export interface PartDigest {
  readonly md5: Buffer;
  readonly sha256: Buffer;
}

/** What content is known by, in the parts in which it is sent. */
export interface ContentDigest {
  readonly bytes: number;
  /** One if it is sent whole. */
  readonly parts: readonly PartDigest[];
}

/** What a store says of an object. */
export interface StoredObject {
  readonly bytes: number;
  /** Without quotes. The MD5 of the content, or of its parts' MD5s: with some kinds of encryption, and in some stores, something else. */
  readonly etag: string | undefined;
  /** Base64, or of the parts' with `-` and their number; undefined in stores that keep none. */
  readonly sha256: string | undefined;
}

const isWhole = (bytes: number): boolean => bytes <= WHOLE_BYTES;

export const digestPart = (content: Uint8Array): PartDigest => ({
  md5: createHash('md5').update(content).digest(),
  sha256: createHash('sha256').update(content).digest(),
});

/** Digests content of a known length, in the parts in which it would be sent. */
export async function digestContent(chunks: AsyncIterable<Uint8Array>, bytes: number): Promise<ContentDigest> {
  const partBytes = isWhole(bytes) ? Infinity : PART_BYTES;
  const parts: PartDigest[] = [];
  let [md5, sha256, room, total] = [createHash('md5'), createHash('sha256'), partBytes, 0];
  const endPart = (): void => {
    parts.push({ md5: md5.digest(), sha256: sha256.digest() });
    [md5, sha256, room] = [createHash('md5'), createHash('sha256'), partBytes];
  };
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      if (room === 0) endPart();
      const piece = chunk.subarray(at, at + Math.min(room, chunk.length - at));
      md5.update(piece);
      sha256.update(piece);
      at += piece.length;
      room -= piece.length;
    }
    total += chunk.length;
  }
  endPart();
  return { bytes: total, parts };
}

/** Compares what a store holds with what it should; undefined if it is something else. What the store's own words do not settle is read back. */
export async function verifyContent(
  stored: StoredObject,
  digest: ContentDigest,
  readBack: () => Promise<ContentDigest>,
): Promise<Verified | undefined> {
  if (stored.bytes !== digest.bytes) return undefined;
  const { bytes } = digest;
  if (stored.etag === etagOf(digest)) return { bytes, checksum: `${nameOf('md5', digest)}:${etagOf(digest)}` };
  const same: Verified = { bytes, checksum: `${nameOf('sha256', digest)}:${sha256Of(digest, 'hex')}` };
  if (stored.sha256 === sha256Of(digest, 'base64')) return same;
  const back = await readBack();
  return back.bytes === bytes && sha256Of(back, 'hex') === sha256Of(digest, 'hex') ? same : undefined;
}

const nameOf = (algorithm: string, { bytes }: ContentDigest): string =>
  isWhole(bytes) ? algorithm : `${algorithm}-parts`;

const etagOf = (digest: ContentDigest): string => combine('md5', digest, 'hex');

const sha256Of = (digest: ContentDigest, encoding: 'hex' | 'base64'): string => combine('sha256', digest, encoding);

/** Of the whole; or of the parts' digests, and their number. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
function combine(algorithm: 'md5' | 'sha256', { bytes, parts }: ContentDigest, encoding: 'hex' | 'base64'): string {
  const digests = parts.map((part) => part[algorithm]);
  if (isWhole(bytes)) return Buffer.concat(digests).toString(encoding);
  return `${createHash(algorithm).update(Buffer.concat(digests)).digest(encoding)}-${digests.length}`;
}
