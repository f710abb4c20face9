import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Certificate } from './certificate.ts';
import { REALM, type Kdc } from './kdc.ts';

const run = promisify(execFile);

/** What a cluster has that asks everybody who they are, and talks HTTP by TLS alone. */
export interface HdfsSecurity {
  readonly certificate: Certificate;
  readonly kdc: Kdc;
}

/** Whom the cluster's processes are, and the doors for HTTP. Kerberos makes `hdfs` of the first. */
export const HDFS_PRINCIPAL = 'hdfs/localhost';
export const HTTP_PRINCIPAL = 'HTTP/localhost';

/** For core-site.xml. */
export const secureCore = ({ kdc }: HdfsSecurity): Readonly<Record<string, string>> => ({
  'hadoop.security.authentication': 'kerberos',
  'hadoop.http.filter.initializers': 'org.apache.hadoop.hdfs.web.AuthFilterInitializer',
  'hadoop.http.authentication.type': 'kerberos',
  'hadoop.http.authentication.kerberos.principal': `${HTTP_PRINCIPAL}@${REALM}`,
  'hadoop.http.authentication.kerberos.keytab': kdc.keytab,
  'hadoop.http.authentication.kerberos.endpoint.whitelist': '/jmx', // where we look whether it is ready
  // Users have no keys here: one of the two that have asks for their tokens.
  'hadoop.proxyuser.hdfs.hosts': '*',
  'hadoop.proxyuser.hdfs.users': '*',
  'hadoop.proxyuser.HTTP.hosts': '*',
  'hadoop.proxyuser.HTTP.users': '*',
});

/** For hdfs-site.xml. */
export const secureSite = ({ kdc }: HdfsSecurity): Readonly<Record<string, string>> => ({
  'dfs.http.policy': 'HTTPS_ONLY',
  'dfs.block.access.token.enable': 'true',
  'dfs.data.transfer.protection': 'authentication', // else a DataNode wants ports that only root may open
  'dfs.namenode.kerberos.principal': `${HDFS_PRINCIPAL}@${REALM}`,
  'dfs.namenode.keytab.file': kdc.keytab,
  'dfs.datanode.kerberos.principal': `${HDFS_PRINCIPAL}@${REALM}`,
  'dfs.datanode.keytab.file': kdc.keytab,
});

/** For ssl-server.xml. */
export const sslServer = ({ certificate }: HdfsSecurity): Readonly<Record<string, string>> => ({
  'ssl.server.keystore.location': certificate.keystore,
  'ssl.server.keystore.type': 'pkcs12',
  'ssl.server.keystore.password': certificate.password,
  'ssl.server.keystore.keypassword': certificate.password,
});

/** For the tools of Hadoop, which are the superuser then. */
export const toolEnv = ({ kdc }: HdfsSecurity): Readonly<Record<string, string>> => ({
  KRB5PRINCIPAL: `${HDFS_PRINCIPAL}@${REALM}`,
  KRB5KEYTAB: kdc.keytab,
});

/** Has a NameNode (`host:port`) issue a delegation token for this user, which the superuser may renew and cancel. */
export async function issueToken(address: string, user: string, { kdc, certificate }: HdfsSecurity): Promise<string> {
  const query = new URLSearchParams({ op: 'GETDELEGATIONTOKEN', renewer: 'hdfs', doas: user });
  // Kerberos knows the door by its name.
  const url = `https://${address.replace('127.0.0.1', 'localhost')}/webhdfs/v1/?${query.toString()}`;
  const asked = ['--silent', '--show-error', '--fail-with-body', '--negotiate', '--user', ':', '--cacert', certificate.caFile, url]; // prettier-ignore
  const { stdout } = await run('curl', asked, {
    env: {
      PATH: process.env['PATH'] ?? '',
      KRB5_CONFIG: kdc.krb5Conf,
      KRB5_CLIENT_KTNAME: kdc.keytab, // its first key is taken, whosever that is
      KRB5CCNAME: 'MEMORY:',
    },
  });
  return (JSON.parse(stdout) as { readonly Token: { readonly urlString: string } }).Token.urlString;
}
