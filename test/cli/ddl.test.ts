import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeEngineArchive } from '../store/ddl/engine-archive.ts';
import { runCli, tempDir } from './run-cli.ts';
import { runHere } from './run-here.ts';

/** A data folder with an archive of three days in it. */
async function dataDirOfThreeDays(): Promise<string> {
  const dataDir = await tempDir();
  await symlink(await writeEngineArchive(), join(dataDir, 'archive'));
  return dataDir;
}

async function configOf(archiveDir: string, more: object = {}): Promise<string> {
  const path = join(await tempDir(), 'metlog.config.json');
  await writeFile(path, JSON.stringify({ archive: { dir: archiveDir }, ...more }));
  return path;
}

describe('metlog ddl', () => {
  it('names the folder of the archive, and has its registered types', async () => {
    const dataDir = await dataDirOfThreeDays();
    const { code, stdout, stderr } = await runCli(['ddl', '--engine', 'hive', '--data-dir', dataDir]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`LOCATION 'file://${dataDir}/archive';`);
    expect(stdout).toContain('CREATE OR REPLACE VIEW `order_placed`');
  });

  it('adds the last days that the archive has, as many as --days says', async () => {
    const args = ['ddl', '--engine', 'spark', '--data-dir', await dataDirOfThreeDays(), '--days', '2'];
    const { stdout } = await runCli(args);
    expect(stdout).toContain("\n  PARTITION (dt = '2026-11-21')\n  PARTITION (dt = '2026-11-22');");
  });

  it.each([
    ['hive', 'hdfs://nn1,nn2:9999/metlog/a', "LOCATION '/metlog/a'", 'that of WebHDFS'],
    ['spark', 's3://bucket/metlog', "LOCATION 's3a://bucket/metlog'", 'credentials'],
    ['trino', 's3://bucket/metlog', "external_location = 's3://bucket/metlog'", 'credentials'],
    ['duckdb', 's3://bucket', "read_parquet('s3://bucket/dt=*/*.parquet'", 'CREATE SECRET'],
  ])('tells %s of the archive at %s by a name that it understands', async (engine, dir, location, note) => {
    const args = ['ddl', '--engine', engine, '--config', await configOf(dir), '--data-dir', await tempDir()];
    const { code, stdout, stderr } = await runCli(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(location);
    expect(stdout).toContain(note);
  });

  it('leaves a URL that --location names as it is', async () => {
    const args = ['ddl', '--engine', 'hive', '--location', 'hdfs://cluster:8020/metlog', '--data-dir', await tempDir()];
    expect((await runCli(args)).stdout).toContain("LOCATION 'hdfs://cluster:8020/metlog';");
  });

  it('has the types of the configuration, also before a message came', async () => {
    const types = { 'order.placed': { total: 'number' } };
    const config = await configOf('s3://bucket', { types });
    const { stdout } = await runCli(['ddl', '--engine', 'trino', '--config', config, '--data-dir', await tempDir()]);
    expect(stdout).toContain('CREATE OR REPLACE VIEW "order_placed"');
  });

  it('says so where there is no merged file, instead of printing a table of nothing', async () => {
    const dataDir = await tempDir();
    await mkdir(join(dataDir, 'archive'));
    const { code, stdout, stderr } = await runCli(['ddl', '--engine', 'hive', '--data-dir', dataDir]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `metlog ddl: there is no merged file in the archive "${join(dataDir, 'archive')}" yet; run metlog merge, or name another with --data-dir\n`,
    );
  });

  it('does not print the password of an address', async () => {
    const args = ['ddl', '--engine', 'hive', '--location', 'hdfs://etl:secret@nn/x', '--data-dir', await tempDir()];
    const { code, stdout, stderr } = await runHere(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('got "hdfs://…@nn/x"');
  });

  it('says that DuckDB reads no HDFS', async () => {
    const dataDir = await tempDir();
    const args = ['ddl', '--engine', 'duckdb', '--data-dir', dataDir];
    const configured = await runHere([...args, '--config', await configOf('hdfs://nn/metlog')]);
    expect(configured).toEqual({
      code: 2,
      stdout: '',
      stderr: `metlog ddl: archive.dir is in HDFS, which DuckDB does not read, wanted: metlog query --archive in place of it, or --location "${join(dataDir, 'archive')}", the archive on this machine\n`,
    });
    const { code, stderr } = await runHere([...args, '--location', 'hdfs://nn/metlog']);
    expect(code).toBe(2);
    expect(stderr).toContain('which reads no HDFS');
  });

  it.each([
    ['trino', 'finds new days where the printed CALL is run again'],
    ['duckdb', 'sees new days by itself'],
  ])('says how %s comes by its days without --days', async (engine, finds) => {
    expect(await runHere(['ddl', '--engine', engine, '--days', '2'])).toEqual({
      code: 2,
      stdout: '',
      stderr: `metlog ddl: --days is for hive and spark, got --engine ${engine}, which ${finds}\n`,
    });
  });
});
