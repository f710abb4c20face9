import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from '../../cli/run-cli.ts';
import { accepts } from './accepts.ts';
import { startServer } from './child.ts';
import { freePort } from '../../support/free-port.ts';

/** Debian's own: another python3 in the path has none of its modules. */
const PYTHON = '/usr/bin/python3';

export interface Graphite {
  /** Where carbon takes lines of text. */
  readonly linePort: number;
  /** The values of the last two minutes that are there, the oldest first, by the name of their series. */
  render(target: string): Promise<Readonly<Record<string, readonly number[]>>>;
  stop(): Promise<void>;
}

interface Series {
  readonly target: string;
  readonly datapoints: readonly (readonly [number | null, number])[];
}

/** carbon with a resolution of one second, and graphite-web over it. */
export async function startGraphite(): Promise<Graphite> {
  const dir = await tempDir();
  for (const folder of ['conf', 'log', 'run', 'whisper', 'web']) await mkdir(join(dir, folder));
  const [linePort, picklePort, queryPort, httpPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  await writeFile(join(dir, 'conf/carbon.conf'), carbonConf(dir, { linePort, picklePort, queryPort }));
  await writeFile(join(dir, 'conf/storage-schemas.conf'), '[default]\npattern = .*\nretentions = 1s:1h\n');
  await writeFile(join(dir, 'conf/storage-aggregation.conf'), '[default]\npattern = .*\nxFilesFactor = 0\n');
  await writeFile(join(dir, 'web/local_settings.py'), localSettings(dir, queryPort));
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: dir,
    PYTHONWARNINGS: 'ignore',
    PYTHONPATH: join(dir, 'web'),
    GRAPHITE_SETTINGS_MODULE: 'local_settings',
    DJANGO_SETTINGS_MODULE: 'graphite.settings',
  };
  const carbon = await startServer({
    name: 'carbon',
    command: PYTHON,
    args: [
      '/usr/bin/carbon-cache',
      `--config=${join(dir, 'conf/carbon.conf')}`,
      `--pidfile=${join(dir, 'run/carbon.pid')}`,
      '--nodaemon',
      'start',
    ],
    cwd: dir,
    env,
    isReady: async () => (await accepts(linePort)) && accepts(queryPort),
  });
  const web = await startServer({
    name: 'graphite-web',
    command: PYTHON,
    args: [
      ...['-m', 'gunicorn', '--bind', `127.0.0.1:${httpPort}`, '--workers', '1', '--threads', '2'],
      ...['--worker-tmp-dir', '/dev/shm', '--chdir', dir, 'graphite.wsgi:application'],
    ],
    cwd: dir,
    env,
    isReady: async () => (await fetch(`http://127.0.0.1:${httpPort}/version/`)).ok,
  });
  return {
    linePort,
    async render(target) {
      const query = new URLSearchParams({ target, from: '-120s', format: 'json' });
      const answer = await fetch(`http://127.0.0.1:${httpPort}/render?${query.toString()}`);
      if (!answer.ok) throw new Error(`/render answered ${answer.status}: ${await answer.text()}`);
      const series = (await answer.json()) as readonly Series[];
      const values = ({ datapoints }: Series): number[] =>
        datapoints.map(([value]) => value).filter((value) => value !== null);
      return Object.fromEntries(series.map((one) => [one.target, values(one)]));
    },
    async stop() {
      await Promise.all([web.stop(), carbon.stop()]);
    },
  };
}

const carbonConf = (dir: string, ports: Readonly<Record<'linePort' | 'picklePort' | 'queryPort', number>>): string => `
[cache]
STORAGE_DIR = ${dir}/
CONF_DIR = ${dir}/conf/
LOG_DIR = ${dir}/log/
PID_DIR = ${dir}/run/
LOCAL_DATA_DIR = ${dir}/whisper/
USER =
MAX_UPDATES_PER_SECOND = inf
# The default, 50, lets new metrics appear minutes late.
MAX_CREATES_PER_MINUTE = inf
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = ${ports.linePort}
ENABLE_UDP_LISTENER = False
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = ${ports.picklePort}
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = ${ports.queryPort}
CARBON_METRIC_INTERVAL = 0
ENABLE_TAGS = False
`;

const localSettings = (dir: string, queryPort: number): string => `
SECRET_KEY = 'for a test'
ALLOWED_HOSTS = ['*']
LOG_DIR = '${dir}/log'
CONF_DIR = '${dir}/conf'
STORAGE_DIR = '${dir}'
WHISPER_DIR = '${dir}/whisper'
STANDARD_DIRS = ['${dir}/whisper']
INDEX_FILE = '${dir}/index'
GRAPHITE_ROOT = '/usr/share/graphite-web'
STATIC_ROOT = '/usr/share/graphite-web/static'
CARBONLINK_HOSTS = ['127.0.0.1:${queryPort}']
FIND_CACHE_DURATION = 0
DEFAULT_CACHE_DURATION = 0
LOG_ROTATION = False
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': '${dir}/graphite.db'}}
`;
