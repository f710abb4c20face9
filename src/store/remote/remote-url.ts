/** Where a remote archive is. */
export type RemotePlace =
  | {
      readonly kind: 'hdfs';
      /** `host:port` of each NameNode's HTTP door, in the order in which they are tried. */
      readonly nameNodes: readonly string[];
      /** Absolute, without a slash at its end. */
      readonly path: string;
    }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      /** Without slashes at its ends; may be empty. */
      readonly prefix: string;
    };

/** The ports of a NameNode's HTTP door since Hadoop 3, without TLS and with it. https://hadoop.apache.org/docs/stable/hadoop-project-dist/hadoop-hdfs/hdfs-default.xml */
const WEB_HDFS_PORT = 9870;
const WEB_HDFS_TLS_PORT = 9871;
const HDFS = /^hdfs:\/\/([^/?#@]+)(\/[^?#]*)?$/;
const S3 = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([^?#]*))?$/;
const NAME_NODE = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::(\d{1,5}))?$/i;
/** What a store takes for something else, or what no path of Hive's can have. */
const UNSPEAKABLE_PART = /^\.{1,2}$|[\p{Cc}\\:*?"<>|]/u;

/** Whether this names a remote archive, well or badly, and not a folder. */
export const isRemoteUrl = (text: string): boolean => /^[a-z][a-z0-9+.-]+:\/\//i.test(text);

/** What a remote archive's URL says: `hdfs://host[:port][,host[:port]]/path`, `s3://bucket[/prefix]`; undefined for any other text. `isTls` chooses the port of an HDFS where none is named. */
export function parseRemoteUrl(
  text: string,
  { isTls = false }: { readonly isTls?: boolean | undefined } = {},
): RemotePlace | undefined {
  const hdfs = HDFS.exec(text);
  if (hdfs !== null) {
    const port = isTls ? WEB_HDFS_TLS_PORT : WEB_HDFS_PORT;
    const nodes = (hdfs[1] ?? '').split(',').map((node) => ({ node, match: NAME_NODE.exec(node) }));
    const isGood = nodes.every(({ match }) => match !== null && Number(match[1] ?? port) <= 65_535);
    const parts = partsOf(hdfs[2] ?? '');
    if (!isGood || parts === undefined || parts.length === 0) return undefined;
    const nameNodes = nodes.map(({ node, match }) => (match?.[1] === undefined ? `${node}:${port}` : node));
    return { kind: 'hdfs', nameNodes, path: `/${parts.join('/')}` };
  }
  const s3 = S3.exec(text);
  const parts = partsOf(s3?.[2] ?? '');
  if (s3?.[1] === undefined || parts === undefined) return undefined;
  return { kind: 's3', bucket: s3[1], prefix: parts.join('/') };
}

/** The place as a URL, one for all ways to write it. */
export const remoteUrlOf = (place: RemotePlace): string =>
  place.kind === 'hdfs'
    ? `hdfs://${place.nameNodes.join(',')}${place.path}`
    : `s3://${place.bucket}${place.prefix === '' ? '' : `/${place.prefix}`}`;

function partsOf(path: string): readonly string[] | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.some((part) => UNSPEAKABLE_PART.test(part)) ? undefined : parts;
}
