import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { messageOf } from '../../../core/text-of.ts';
import { ConfigError } from '../../errors.ts';

/** The certificates of the PEM file beside Node's own. Throws ConfigError, naming the option of that sink. */
export function readCa(file: string, sinkName: string): readonly string[] {
  try {
    const pem = readFileSync(file, 'utf8');
    new X509Certificate(pem); // Node itself takes anything here, and trusts nobody for it.
    return [...rootCertificates, pem];
  } catch (error) {
    throw new ConfigError(
      'bad-option',
      `sinks.${sinkName}.caFile must be a PEM file that can be read, got ${JSON.stringify(file)}: ${messageOf(error)}`,
    );
  }
}
