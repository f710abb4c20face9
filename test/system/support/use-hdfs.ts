import { afterAll, beforeAll } from 'vitest';
import { startHdfs, type Hdfs, type HdfsOptions } from '../servers/hdfs.ts';
import { wantParts, type Part } from './parts.ts';

/** A JVM for each process and each command. */
export const START_WITHIN_MS = 300_000;
/** Whose the archives are. */
export const USER = 'metlog';

/** One HDFS for all tests of a file. Where it, or one of the other parts that they want, is not here, they are skipped as `wantParts` says. */
export const useHdfs = (...parts: readonly Part[]): (() => Hdfs) => use({}, parts);

/** The same of one that Kerberos guards. */
export const useSecureHdfs = (): (() => Hdfs) => use({ isSecure: true }, ['kdc', 'keytool', 'curl']);

function use(options: HdfsOptions, parts: readonly Part[]): () => Hdfs {
  const isHere = wantParts('hadoop', 'java', ...parts);
  let hdfs: Hdfs | undefined;
  beforeAll(async () => {
    if (isHere) hdfs = await startHdfs(options);
  }, START_WITHIN_MS);
  afterAll(() => hdfs?.stop());
  return () => {
    if (hdfs === undefined) throw new Error('HDFS is there while tests run, and not before');
    return hdfs;
  };
}
