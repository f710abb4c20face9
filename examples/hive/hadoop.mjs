// A Hadoop of one machine: HDFS, Hive and Streaming. Its jars and Hive's settings are those of the system tests.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePorts, run, start, until } from './programs.mjs';

const system = fileURLToPath(new URL('../../test/system', import.meta.url));
const hadoopJars = `${system}/hadoop/lib/*`;
const hive = `${system}/engines/hive`;
const installed = `${system}/engines/installed`;
const SMALL = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
/** Java 24 has no security manager any more, which Hadoop asks who it is. */
const JAVA = { least: 17, below: 24 };

const says = (command, ...args) =>
  promisify(execFile)(command, args).then(
    ({ stdout, stderr }) => stdout + stderr,
    () => undefined,
  );

/** What is missing here, and how it is had; undefined if nothing is. */
export async function whatIsMissing() {
  const found = Number(/version "(\d+)/.exec((await says('java', '-version')) ?? '')?.[1]);
  if (!(found >= JAVA.least && found < JAVA.below))
    return `Java ${JAVA.least} to ${JAVA.below - 1} is needed on the PATH, and ${found ? `this is ${found}` : 'there is none'}: apt-get install openjdk-17-jdk-headless, or brew install openjdk@17`;
  if (existsSync(`${installed}/hive/VERSION`) && existsSync(`${system}/hadoop/lib/pom.xml`)) return undefined;
  if ((await says('javac', '-version')) === undefined)
    return 'a JDK is needed, and this is a Java without a compiler: apt-get install openjdk-17-jdk-headless, or brew install openjdk@17';
  if ((await says('mvn', '--version')) === undefined)
    return 'Maven is needed, which fetches Hadoop and Hive: apt-get install maven, or brew install maven';
  return undefined;
}

/** Fetches Hadoop and Hive into folders of the clone that Git ignores, unless they are there. */
export async function install() {
  await run('the installation of Hadoop', `${system}/hadoop/setup.sh`, [], { isHeard: true });
  await run('the installation of Hive', `${system}/engines/setup.sh`, ['hive', 'streaming'], { isHeard: true });
}

/** Starts a NameNode and a DataNode that keep everything in `dir`, and makes a folder that `user` owns. */
export async function startHdfs(dir, folder, user) {
  const [rpc, http, data, ipc, dataHttp] = await freePorts(5);
  const conf = `${dir}/conf`;
  await mkdir(conf, { recursive: true });
  await mkdir(`${dir}/tmp`);
  const fileSystem = `hdfs://127.0.0.1:${rpc}`;
  await writeFile(`${conf}/log4j.properties`, 'log4j.rootLogger=WARN,err\nlog4j.appender.err=org.apache.log4j.ConsoleAppender\nlog4j.appender.err.target=System.err\nlog4j.appender.err.layout=org.apache.log4j.SimpleLayout\n'); // prettier-ignore
  await writeFile(
    `${conf}/core-site.xml`,
    xml({
      'fs.defaultFS': fileSystem,
      'hadoop.tmp.dir': `${dir}/tmp`,
      'hadoop.security.group.mapping': 'org.apache.hadoop.security.NullGroupsMapping',
    }),
  );
  await writeFile(
    `${conf}/hdfs-site.xml`,
    xml({
      'dfs.replication': 1,
      'dfs.namenode.name.dir': `file://${dir}/name`,
      'dfs.namenode.http-address': `127.0.0.1:${http}`,
      'dfs.datanode.data.dir': `file://${dir}/data`,
      'dfs.datanode.address': `127.0.0.1:${data}`,
      'dfs.datanode.ipc.address': `127.0.0.1:${ipc}`,
      'dfs.datanode.http.address': `127.0.0.1:${dataHttp}`,
      'dfs.datanode.hostname': '127.0.0.1', // what WebHDFS redirects to
      'dfs.namenode.datanode.registration.ip-hostname-check': false,
      'dfs.namenode.safemode.extension': 0,
    }),
  );
  const env = { HADOOP_USER_NAME: user }; // who starts it is its superuser
  const java = [...SMALL, `-Djava.io.tmpdir=${dir}/tmp`, '-cp', `${conf}:${hadoopJars}`];
  const nameNodeClass = 'org.apache.hadoop.hdfs.server.namenode.NameNode';
  await run('the NameNode', 'java', [...java, nameNodeClass, '-format', '-nonInteractive'], { env });
  const nameNode = start('the NameNode', 'java', [...java, nameNodeClass], { env });
  const webHdfs = `http://127.0.0.1:${http}/webhdfs/v1`;
  const isThere = await until(nameNode, async () => (await fetch(`${webHdfs}${folder}?op=MKDIRS&user.name=${user}`, { method: 'PUT' })).ok); // prettier-ignore
  const dataNode = start('the DataNode', 'java', [...java, 'org.apache.hadoop.hdfs.server.datanode.DataNode'], { env });
  const state = `http://127.0.0.1:${http}/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState`;
  await until(dataNode, async () => isThere && (await (await fetch(state)).json()).beans[0].NumLiveDataNodes > 0);
  return { conf, fileSystem, http: `127.0.0.1:${http}`, user };
}

/** `hdfs dfs …`: what it prints. */
export const dfs = ({ conf, user }, ...args) =>
  run('hdfs dfs', 'java', [...SMALL, '-cp', `${conf}:${hadoopJars}`, 'org.apache.hadoop.fs.FsShell', ...args], {
    env: { HADOOP_USER_NAME: user },
  });

const MARK = '--- rows ---';

/** Runs a script in Hive, with a metastore of its own in `dir`, and then each query: the rows of each, as lists of texts. */
export async function askHive({ conf, user }, dir, script, queries) {
  await mkdir(dir);
  const files = ['script.sql', 'queries.sql', 'rows'].map((name) => `${dir}/${name}`);
  await writeFile(files[0], script);
  await writeFile(files[1], queries.map((sql) => `SELECT '${MARK}';\n${sql};\n`).join(''));
  const classPath = [`${hive}/conf`, conf, `${installed}/hive/classes`, `${installed}/hive/lib/*`].join(':');
  const java = [`@${hive}/java.args`, `-Dmetlog.hive.dir=${dir}`, '-cp', classPath, 'RunSql', ...files];
  await run('Hive', 'java', java, { cwd: dir, env: { HADOOP_USER_NAME: user } });
  const answers = (await readFile(files[2], 'utf8')).split(`${MARK}\n`).slice(1);
  return answers.map((rows) => rows.trim().split('\n').map((row) => row.split('\t'))); // prettier-ignore
}

/** Runs a job of Hadoop Streaming, whose mappers are given the lines of `input`, eight each. On a cluster it is `hadoop jar hadoop-streaming.jar` with the same arguments, but for the first setting. */
export async function runStreaming({ conf, http, user }, { files, mapper, reducer, input, output }) {
  const settings = {
    'mapreduce.framework.name': 'local',
    'mapreduce.job.reduces': 1,
    'mapreduce.task.io.sort.mb': 32,
    'mapreduce.input.lineinputformat.linespermap': 8,
    'stream.map.input.ignoreKey': true, // else a line's place would be put in front of it
  };
  const job = [
    ...Object.entries(settings).flatMap(([name, value]) => ['-D', `${name}=${value}`]),
    ...['-files', files.map((file) => `file://${file}`).join(',')],
    ...['-inputformat', 'org.apache.hadoop.mapred.lib.NLineInputFormat', '-input', input, '-output', output],
    ...['-mapper', mapper, '-reducer', reducer, '-cmdenv', `METLOG_WEBHDFS=http://${http}`],
    ...['-cmdenv', `HADOOP_USER_NAME=${user}`],
  ];
  const classPath = [conf, hadoopJars, `${installed}/streaming/*`].join(':');
  const java = ['-Xmx512m', '-XX:+UseSerialGC', '-cp', classPath, 'org.apache.hadoop.streaming.HadoopStreaming'];
  await run('the map-reduce job', 'java', [...java, ...job], { env: { HADOOP_USER_NAME: user } });
}

const xml = (properties) =>
  `<configuration>\n${Object.entries(properties)
    .map(([name, value]) => `  <property><name>${name}</name><value>${value}</value></property>\n`)
    .join('')}</configuration>\n`;
