import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Quick to start, as each call is short. */
const JVM = ['-J-XX:TieredStopAtLevel=1', '-J-XX:+UseSerialGC', '-J-Xmx64m'];

export interface Certificate {
  /** Key and certificate of 127.0.0.1 and localhost, as PKCS #12. */
  readonly keystore: string;
  readonly password: string;
  /** The authority that signed it, as NODE_EXTRA_CA_CERTS takes a file, and its text. */
  readonly caFile: string;
  readonly ca: string;
}

/** Makes an authority of its own in this folder, and a certificate that it has signed. */
export async function makeCertificate(dir: string): Promise<Certificate> {
  const keystore = join(dir, 'keystore.p12');
  const caFile = join(dir, 'ca.pem');
  const password = 'of-the-tests';
  const keytool = (...args: readonly string[]) =>
    run('keytool', [...JVM, ...args, '-keystore', keystore, '-storetype', 'pkcs12', '-storepass', password]);
  const key = ['-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '2'];
  await keytool('-genkeypair', '-alias', 'ca', '-dname', 'CN=An authority of the tests', '-ext', 'bc:c', ...key);
  await keytool('-genkeypair', '-alias', 'server', '-signer', 'ca', '-dname', 'CN=localhost', '-ext', 'san=dns:localhost,ip:127.0.0.1', ...key); // prettier-ignore
  await keytool('-exportcert', '-alias', 'ca', '-rfc', '-file', caFile);
  await keytool('-delete', '-alias', 'ca'); // a server takes any key that it finds
  return { keystore, password, caFile, ca: await readFile(caFile, 'utf8') };
}
