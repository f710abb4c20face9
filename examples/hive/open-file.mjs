import { openAsBlob } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parquetMetadataAsync } from 'hyparquet';

/** Bytes at the end of a file that hold what it says of itself, of most files. */
const FOOTER_BYTES = 512 * 1024;

/**
 * A file of the archive, of which only what is asked for is read: `file:` from this machine's disk; `hdfs://host:port/path`, whatever its host, and `/path` by WebHDFS from the
 * NameNode that METLOG_WEBHDFS names, e.g. http://namenode:9870, as the user that runs the job.
 */
export async function openFile(path) {
  const file = path.startsWith('file:') ? await onDisk(fileURLToPath(path)) : await onHdfs(path);
  return { file, metadata: await parquetMetadataAsync(file, { initialFetchSize: FOOTER_BYTES }) };
}

async function onDisk(path) {
  const blob = await openAsBlob(path);
  return { byteLength: blob.size, slice: (start, end) => blob.slice(start, end).arrayBuffer() };
}

async function onHdfs(path) {
  const nameNode = process.env.METLOG_WEBHDFS;
  if (nameNode === undefined) throw new Error(`METLOG_WEBHDFS is not set, which says where ${path} is read from`);
  const url = new URL(`/webhdfs/v1${path.replace(/^hdfs:\/\/[^/]*/, '')}`, nameNode);
  const user = process.env.HADOOP_USER_NAME ?? process.env.USER ?? 'root';
  const ask = async (query) => {
    url.search = new URLSearchParams({ 'user.name': user, ...query }).toString();
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url.href} answered ${answer.status}: ${await answer.text()}`);
    return answer;
  };
  const { FileStatus } = await (await ask({ op: 'GETFILESTATUS' })).json();
  return {
    byteLength: FileStatus.length,
    slice: async (start, end = FileStatus.length) =>
      (await ask({ op: 'OPEN', offset: String(start), length: String(end - start) })).arrayBuffer(),
  };
}
