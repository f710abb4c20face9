import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeEach } from 'vitest';

/** What the tests here want of a machine, and where it is when it is there. */
const PARTS = {
  hadoop: resolve('test/system/hadoop/lib/pom.xml'),
  kdc: resolve('test/system/hadoop/lib/hadoop-minikdc-3.4.2.jar'),
  engines: resolve('test/system/engines/installed/trino/VERSION'), // which is installed last
  'hive-example': resolve('examples/hive/node_modules/hyparquet/package.json'),
  java: '/usr/bin/java',
  keytool: '/usr/bin/keytool',
  curl: '/usr/bin/curl',
  radosgw: '/usr/bin/radosgw',
  'ceph-mon': '/usr/bin/ceph-mon',
  'ceph-osd': '/usr/bin/ceph-osd',
  statsd: resolve('test/system/node_modules/statsd/stats.js'),
  spotlight: resolve('test/system/node_modules/@spotlightjs/spotlight/package.json'),
  carbon: '/usr/bin/carbon-cache',
  'graphite-web': '/usr/share/graphite-web',
  gunicorn: '/usr/lib/python3/dist-packages/gunicorn',
  'python3-prometheus-client': '/usr/lib/python3/dist-packages/prometheus_client',
} as const;

export type Part = keyof typeof PARTS;

/** Skips the tests of this file, and says why, where one of `parts` is missing; with CI=true they fail. Whether all are there, for what is done before all tests. */
export function wantParts(...parts: readonly Part[]): boolean {
  const missing = parts.filter((part) => !existsSync(PARTS[part]));
  if (missing.length === 0) return true;
  skipOrFail(`${missing.join(', ')} not found here; install what the system tests need with: test/system/setup.sh`);
  return false;
}

/** Skips the tests of this file, and says why, where the user is not root; with CI=true they fail. */
export function wantRoot(): void {
  if (process.getuid?.() !== 0)
    skipOrFail('these tests mount a file system, which wants root: sudo npm run test:system');
}

function skipOrFail(text: string): void {
  const mayNotSkip = Boolean(process.env['CI']);
  if (!mayNotSkip) console.warn(`SKIPPED: ${text}`);
  beforeEach((context) => {
    if (mayNotSkip) throw new Error(text);
    context.skip(text);
  });
}
