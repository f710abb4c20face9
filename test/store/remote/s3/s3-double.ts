import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { onTestFinished } from 'vitest';
import { endless } from '../endless.ts';

export interface DoubleRequest {
  readonly method: string;
  /** Below the bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface DoubleAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Ends the connection after the body, which then may be shorter than its length says. */
  readonly breaksOff?: boolean;
  /** Sends letters until nobody takes them any more. */
  readonly endless?: boolean;
}

export interface S3Double {
  readonly endpoint: string;
  /** What lies there; a test may put things under the writers. */
  readonly objects: Map<string, Buffer>;
  /** Ids of unfinished uploads, with their keys. */
  readonly uploads: Map<string, string>;
  readonly requests: readonly DoubleRequest[];
}

export interface DoubleOptions {
  /** Answers in place of the store, where it returns something. */
  readonly instead?: (request: DoubleRequest, store: S3Double) => DoubleAnswer | undefined;
  /** What it says of an object, in headers. @default its ETag, as most stores make it */
  readonly describe?: (content: Buffer) => Readonly<Record<string, string>>;
  /** @default 1000 */
  readonly pageSize?: number;
}

export const s3Error = (status: number, code: string, message = 'told by the store'): DoubleAnswer => ({
  status,
  body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message><AWSAccessKeyId>KEY-ID</AWSAccessKeyId><StringToSign>SECRET</StringToSign></Error>`,
});

const md5 = (content: Buffer): Record<string, string> => ({
  etag: `"${createHash('md5').update(content).digest('hex')}"`,
});

/** A store that speaks S3 for one bucket and believes every signature, whose answers a test can choose. Ends with the test. */
export async function startS3Double(options: DoubleOptions = {}): Promise<S3Double> {
  const { instead, describe = md5, pageSize = 1_000 } = options;
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, string>();
  const parts = new Map<string, Buffer[]>();
  const requests: DoubleRequest[] = [];

  const answer = ({ method, key, query, headers, body }: DoubleRequest): DoubleAnswer => {
    const content = objects.get(key);
    const id = query.get('uploadId') ?? '';
    const isThere = headers['if-none-match'] === '*' && content !== undefined;
    if (method === 'POST' && query.has('uploads')) {
      const started = `upload-${requests.length}`;
      uploads.set(started, key);
      parts.set(started, []);
      return {
        body: `<InitiateMultipartUploadResult><UploadId>${started}</UploadId></InitiateMultipartUploadResult>`,
      };
    }
    if (method === 'GET' && query.has('uploads')) return { body: listUploads(uploads, query) };
    if (id !== '' && !uploads.has(id)) return s3Error(404, 'NoSuchUpload');
    if (method === 'DELETE' && id !== '') {
      uploads.delete(id);
      return { status: 204 };
    }
    if (method === 'PUT' && id !== '') {
      parts.get(id)?.push(body);
      return { headers: md5(body) };
    }
    if (method === 'POST') {
      if (isThere) return s3Error(412, 'PreconditionFailed');
      objects.set(key, Buffer.concat(parts.get(id) ?? []));
      uploads.delete(id);
      return { body: '<CompleteMultipartUploadResult><ETag>"parts"</ETag></CompleteMultipartUploadResult>' };
    }
    if (method === 'PUT') {
      if (isThere) return s3Error(412, 'PreconditionFailed');
      objects.set(key, body);
      return { headers: md5(body) };
    }
    if (method === 'DELETE') {
      objects.delete(key);
      return { status: 204 };
    }
    if (key === '') return { body: listKeys(objects, query, pageSize) };
    if (content === undefined) return method === 'HEAD' ? { status: 404 } : s3Error(404, 'NoSuchKey');
    return { headers: { ...describe(content), 'content-length': String(content.length) }, body: content };
  };

  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '/', 'http://double');
      const key = decodeURIComponent(url.pathname.split('/').slice(2).join('/'));
      const body = Buffer.concat(chunks);
      const request = { method: incoming.method ?? '', key, query: url.searchParams, headers: incoming.headers, body };
      requests.push(request);
      const given = instead?.(request, double) ?? answer(request);
      response.writeHead(given.status ?? 200, given.headers);
      if (given.endless === true)
        pipeline(endless(), response).catch(() => undefined); // as it must end
      else if (given.breaksOff === true) response.write(given.body ?? '', () => response.destroy());
      else response.end(request.method === 'HEAD' ? undefined : given.body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const double: S3Double = { endpoint: `http://127.0.0.1:${port}`, objects, uploads, requests };
  return double;
}

function listKeys(objects: ReadonlyMap<string, Buffer>, query: URLSearchParams, pageSize: number): string {
  const prefix = query.get('prefix') ?? '';
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  const end = (key: string): number => key.indexOf('/', prefix.length);
  const isBelow = (key: string): boolean => query.get('delimiter') === '/' && end(key) >= 0;
  const folders = new Set(keys.filter(isBelow).map((key) => key.slice(0, end(key) + 1)));
  const spell = query.get('encoding-type') === 'url' ? encodeURIComponent : (key: string): string => key;
  const rows = [
    ...[...folders].map((key) => `<CommonPrefixes><Prefix>${spell(key)}</Prefix></CommonPrefixes>`),
    ...keys
      .filter((key) => !isBelow(key))
      .map((key) => `<Contents><Key>${spell(key)}</Key><Size>${objects.get(key)?.length}</Size></Contents>`),
  ];
  const from = Number(query.get('continuation-token') ?? 0);
  const isTruncated = rows.length > from + pageSize;
  const next = isTruncated ? `<NextContinuationToken>${from + pageSize}</NextContinuationToken>` : '';
  const page = rows.slice(from, from + pageSize).join('');
  return `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${next}${page}</ListBucketResult>`;
}

function listUploads(uploads: ReadonlyMap<string, string>, query: URLSearchParams): string {
  const own = [...uploads].filter(([, key]) => key.startsWith(query.get('prefix') ?? ''));
  const rows = own.map(([id, key]) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`);
  return `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${rows.join('')}</ListMultipartUploadsResult>`;
}
