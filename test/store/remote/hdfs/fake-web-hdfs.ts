import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface FakeRequest {
  readonly method: string;
  readonly op: string;
  /** Decoded, without `/webhdfs/v1`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly incoming: IncomingMessage;
}

export interface FakeWebHdfs {
  /** `127.0.0.1:port`. */
  readonly address: string;
  readonly files: Map<string, Buffer>;
  readonly requests: FakeRequest[];
  /** Set by a test: answers in place of the fake, and says whether it has. */
  intercept?: ((request: FakeRequest, response: ServerResponse) => boolean | Promise<boolean>) | undefined;
}

/** As much of WebHDFS as an archive uses, NameNode and DataNode in one, over a map: for what a real cluster cannot be brought to do. Ends with the test. */
export async function startFakeWebHdfs(): Promise<FakeWebHdfs> {
  const files = new Map<string, Buffer>();
  const requests: FakeRequest[] = [];
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy()); // who asked has gone
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fake: FakeWebHdfs = { address, files, requests };
  return fake;

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '', `http://${address}`);
    const path = decodeURIComponent(url.pathname.slice('/webhdfs/v1'.length));
    const op = url.searchParams.get('op') ?? '';
    const request = { method: incoming.method ?? '', op, path, query: url.searchParams, incoming };
    requests.push(request);
    if ((await fake.intercept?.(request, response)) === true) return;
    const content = files.get(path);
    const isNoRedirect = url.searchParams.get('noredirect') === 'true';
    const missing = (): boolean => refuse(response, 'FileNotFoundException', `File does not exist: ${path}`, 404);
    if (isNoRedirect && op !== 'CREATE' && content === undefined) missing();
    else if (isNoRedirect) {
      url.searchParams.delete('noredirect');
      json(response, { Location: url.href });
    } else if (op === 'CREATE') {
      files.set(path, await buffer(incoming));
      response.writeHead(201).end();
    } else if (op === 'OPEN') response.writeHead(200).end(content);
    else if (op === 'GETFILECHECKSUM') {
      const bytes = createHash('sha1').update(content!).digest('hex');
      json(response, { FileChecksum: { algorithm: 'SHA1-of-the-test', bytes, length: 20 } });
    } else if (op === 'GETFILESTATUS') {
      if (content === undefined) missing();
      else json(response, { FileStatus: fileStatus('', content.length) });
    } else if (op === 'LISTSTATUS') {
      const below = [...files].filter(([name]) => name.startsWith(`${path}/`));
      const names = new Map(
        below.map(([name, { length }]) => {
          const [first = '', ...rest] = name.slice(path.length + 1).split('/');
          return [first, fileStatus(first, length, rest.length > 0 ? 'DIRECTORY' : 'FILE')];
        }),
      );
      if (names.size === 0) missing();
      else json(response, { FileStatuses: { FileStatus: [...names.values()] } });
    } else if (op === 'RENAME') {
      const to = url.searchParams.get('destination')!;
      const may = content !== undefined && (!files.has(to) || url.searchParams.has('renameoptions'));
      if (may) {
        files.set(to, content);
        files.delete(path);
      }
      json(response, { boolean: may });
    } else if (op === 'DELETE' && [...files.keys()].some((name) => name.startsWith(`${path}/`)))
      refuse(response, 'PathIsNotEmptyDirectoryException', `${path} is non empty`);
    else if (op === 'DELETE') json(response, { boolean: files.delete(path) });
  }
}

/** Answers; true, as an intercept says that it has. */
export function json(response: ServerResponse, value: unknown, status = 200): true {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  return true;
}

/** Answers with an exception; true, as an intercept says that it has. */
export const refuse = (response: ServerResponse, exception: string, message: string, status = 403): true =>
  json(response, { RemoteException: { exception, javaClassName: `org.apache.${exception}`, message } }, status);

export const fileStatus = (pathSuffix: string, length: number, type = 'FILE') => ({
  pathSuffix,
  length,
  type,
  blockSize: 1_048_576,
});
