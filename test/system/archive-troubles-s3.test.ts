import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ArchiveConfig } from '../../src/router/archive/archive-config.ts';
import { openRemote } from '../../src/store/remote/open-remote.ts';
import { tempDir } from '../cli/run-cli.ts';
import { startS3, type S3Server } from './servers/s3.ts';
import {
  configOf,
  COPIED_WITHIN_MS,
  expectRecovery,
  expectTrouble,
  FOR_NOW,
  QUIET,
  startCopying,
  UNTIL_MENDED,
  untilArchived,
} from './support/archive-trouble.ts';
import { readIds } from './support/parquet-ids.ts';
import { wantParts } from './support/parts.ts';
import { startRouterFrom, writeConfig } from './support/router.ts';

// What can be wrong with the store of an archive: it is said once, in a plain sentence, and counted; and all else goes on.

const isHere = wantParts('radosgw', 'ceph-mon', 'ceph-osd');
const START_WITHIN_MS = 180_000;

describe('an archive that is to be in S3', () => {
  let s3: S3Server;
  beforeAll(async () => {
    if (isHere) s3 = await startS3();
  }, START_WITHIN_MS);
  afterAll(async () => {
    if (isHere) await s3.stop();
  });
  const settingsOf = (given: Partial<S3Server['user']> = {}): Pick<ArchiveConfig, 's3'> => ({
    s3: { endpoint: s3.endpoint, region: s3.region, pathStyle: true, ...s3.user, ...given },
  });
  /** As it is told: with the store's own address. */
  const saidOf = (url: string): string => url.replace('s3://', `s3://${new URL(s3.endpoint).host}/`);
  /** Counts the messages that are there once or more. */
  const inS3 = (url: string) => async (): Promise<number> => {
    const { region, endpoint, user } = s3;
    const remote = await openRemote(url, { s3: { region, endpoint, pathStyle: true, ...user } });
    const dir = await tempDir();
    const paths = await Promise.all(
      (await remote.list()).map(async ({ path }) => {
        const to = join(dir, basename(path));
        await remote.get(path, to);
        return to;
      }),
    );
    await remote.close();
    return new Set(await readIds(paths)).size;
  };

  it('waits while there is no such bucket', async () => {
    const url = 's3://not-yet/metlog';
    const router = await startCopying({ dir: url, ...settingsOf() });
    await expectTrouble(router, {
      url: saidOf(url),
      cure: UNTIL_MENDED,
      why: /there is no bucket not-yet at http:\/\/127\.0\.0\.1:\d+ \(\w+ 404 NoSuchBucket\)\./,
    });
    await s3.makeBucket('not-yet');
    await expectRecovery(router, saidOf(url), inS3(url));
  });

  it('waits while the access key id is not known, and copies what waited once it is given another', async () => {
    const url = 's3://mistyped/metlog';
    await s3.makeBucket('mistyped');
    const router = await startCopying({ dir: url, ...settingsOf({ accessKeyId: 'mistyped' }) });
    await expectTrouble(router, {
      url: saidOf(url),
      cure: UNTIL_MENDED,
      why: /http:\/\/127\.0\.0\.1:\d+ does not know this access key id \(\w+ 403 InvalidAccessKeyId\)\./,
    });
    expect(await router.stop()).toBe(0);
    await writeConfig(router.configPath, configOf({ dir: url, ...settingsOf() }));
    const again = await startRouterFrom(router.configPath, { dataDir: router.dataDir, env: QUIET });
    await expect.poll(inS3(url), { timeout: COPIED_WITHIN_MS }).toBe(await untilArchived(again));
    expect(again.stderr()).toBe('');
    expect(await again.stop()).toBe(0);
  });

  it('waits while its credentials have no right to the bucket', async () => {
    const url = 's3://of-another/metlog';
    await s3.makeBucket('of-another');
    const stranger = await s3.addUser('stranger');
    const router = await startCopying({ dir: url, ...settingsOf(stranger) });
    await expectTrouble(router, {
      url: saidOf(url),
      cure: UNTIL_MENDED,
      why: /the credentials do not allow this in bucket of-another at http:\/\/127\.0\.0\.1:\d+; [^\n]+ \(\w+ 403 AccessDenied\)\./,
    });
    expect(await router.stop()).toBe(0);
  });

  it('waits while its quota is full', async () => {
    const url = 's3://full/metlog';
    await s3.makeBucket('full');
    await s3.setQuota(1);
    const router = await startCopying({ dir: url, ...settingsOf() });
    await expectTrouble(router, {
      url: saidOf(url),
      cure: UNTIL_MENDED,
      why: /the quota of bucket full is used up, or [^\n]+ is full \(\w+ 403 QuotaExceeded\)\./,
    });
    await s3.setQuota(undefined);
    await expectRecovery(router, saidOf(url), inS3(url));
  });

  it('waits while nobody listens', async () => {
    const url = 's3://late/metlog';
    await s3.makeBucket('late');
    await s3.kill();
    const router = await startCopying({ dir: url, ...settingsOf() });
    await expectTrouble(router, {
      url: saidOf(url),
      cure: FOR_NOW,
      why: /http:\/\/127\.0\.0\.1:\d+ cannot be reached, or ended the connection \(\w+ ECONNREFUSED\)\./,
    });
    await s3.start();
    await expectRecovery(router, saidOf(url), inS3(url));
  });
});
