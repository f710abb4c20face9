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

/** An active one, and one on standby. */
const MAX_NAME_NODES = 2;

/** Whether this names a remote archive, well or badly, and not a folder: also where a slash is missing, as engines leave out both and the host. */
export const isRemoteUrl = (text: string): boolean =>
  /^(?:[a-z][a-z0-9+.-]+:\/\/|(?:s?web)?hdfs:|s3[an]?:)/i.test(text);

/** What a remote archive's URL says: `hdfs://host[:port][,host[:port]]/path`, `s3://bucket[/prefix]`; undefined for any other text. `isTls` chooses the port of an HDFS where none is named. */
export function parseRemoteUrl(
  text: string,
  { isTls = false }: { readonly isTls?: boolean | undefined } = {},
): RemotePlace | undefined {
  const hdfs = HDFS.exec(text);
  if (hdfs !== null) {
    const port = isTls ? WEB_HDFS_TLS_PORT : WEB_HDFS_PORT;
    const nodes = (hdfs[1] ?? '').split(',').map((node) => ({ node, match: NAME_NODE.exec(node) }));
    const isGood =
      nodes.length <= MAX_NAME_NODES && nodes.every(({ match }) => match !== null && isPort(match[1] ?? port));
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

const isPort = (port: string | number): boolean => Number(port) >= 1 && Number(port) <= 65_535;

const WANTED_HDFS = 'wanted: hdfs://host[:port][,host[:port]]/path';
const URL_PARTS = /^([^:]*):\/\/([^/?#]*)([^?#]*)([^]*)$/;

/** What is wrong with a URL that `parseRemoteUrl` does not take, as what follows its name in a sentence. Of the URL it repeats nothing that may be a secret. */
export function remoteUrlFault(text: string): string {
  const [, scheme = '', authority = '', path = '', rest = ''] = URL_PARTS.exec(text) ?? [];
  if (scheme !== 's3' && scheme !== 'hdfs') {
    const meant = /^s3[an]?$/i.test(scheme) ? 's3' : /^(?:s?web)?hdfs$/i.test(scheme) ? 'hdfs' : undefined;
    return meant === undefined
      ? 'must begin with hdfs:// or s3://, or be a folder'
      : `must begin with ${meant}:// in place of ${scheme}://`;
  }
  if (authority.includes('@')) return 'must have no user and password in it';
  if (rest !== '') return 'must have no ? and # in it';
  if (partsOf(path) === undefined)
    return 'must have no part in its path that is . or .., or has one of \\ : * ? " < > | or a control character in it';
  if (scheme === 's3')
    return authority === ''
      ? 'names no bucket, wanted: s3://bucket[/prefix]'
      : 'must name a bucket of 3 to 63 of a-z, 0-9, . and -';
  const nodes = authority.split(',');
  if (nodes.includes('')) return `names no host${nodes.length > 1 ? ' before or after a comma' : ''}, ${WANTED_HDFS}`;
  if (nodes.length > MAX_NAME_NODES) return `names ${nodes.length} NameNodes, wanted: one or two`;
  if (nodes.some((node) => /:\d+$/.test(node) && !isPort(/:(\d+)$/.exec(node)?.[1] ?? '')))
    return 'has a port out of range, wanted: 1 to 65535';
  if (nodes.some((node) => !NAME_NODE.test(node))) return `names a host or a port that cannot be one, ${WANTED_HDFS}`;
  return `names no path, and the root of HDFS is not taken, ${WANTED_HDFS}`;
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
