import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { tempDir } from '../../cli/run-cli.ts';
import { accepts } from './accepts.ts';
import { startServer, type Server } from './child.ts';
import { freePort } from '../../support/free-port.ts';

/** What statsd has added up between two flushes. */
export interface Flush {
  readonly counters: Readonly<Record<string, number>>;
  readonly timers: Readonly<Record<string, readonly number[]>>;
  readonly timer_data: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly gauges: Readonly<Record<string, number>>;
}

export interface Statsd extends Server {
  readonly port: number;
  /** What it has added up under this name since the last flush. */
  counter(name: string): Promise<number | undefined>;
  /** What it has flushed so far; the last flush comes when it is stopped. */
  flushes(): Promise<readonly Flush[]>;
}

export interface StatsdOptions {
  /** @default a free one */
  readonly port?: number;
  /** Where carbon takes lines. @default no Graphite */
  readonly graphitePort?: number;
  /** Pause between two flushes, in milliseconds. @default an hour: one flush, at the end */
  readonly flushMs?: number;
}

/** statsd, with a back end that writes down exactly what it counted. */
export async function startStatsd(options: StatsdOptions = {}): Promise<Statsd> {
  const dir = await tempDir();
  const [port, adminPort] = [options.port ?? (await freePort()), await freePort()];
  const file = join(dir, 'flushes.jsonl');
  const backends = [resolve('test/system/servers/statsd-jsonl.cjs')];
  if (options.graphitePort !== undefined) backends.push('./backends/graphite');
  const config = {
    servers: [{ server: './servers/udp', address: '127.0.0.1', port }],
    mgmt_address: '127.0.0.1',
    mgmt_port: adminPort,
    flushInterval: options.flushMs ?? 3_600_000,
    percentThreshold: [50, 90, 99],
    deleteIdleStats: true,
    automaticConfigReload: false,
    graphiteHost: '127.0.0.1',
    graphitePort: options.graphitePort,
    graphite: { legacyNamespace: false },
    jsonl: { file },
    backends,
  };
  await writeFile(join(dir, 'config.js'), JSON.stringify(config));
  await writeFile(file, '');
  const server = await startServer({
    name: 'statsd',
    command: process.execPath,
    args: [resolve('test/system/node_modules/statsd/stats.js'), join(dir, 'config.js')],
    isReady: () => accepts(adminPort), // the socket for datagrams is bound before it
  });
  const flushes = async (): Promise<readonly Flush[]> =>
    (await readFile(file, 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Flush);
  const counter = async (name: string): Promise<number | undefined> => {
    const text = await askAdmin(adminPort, 'counters');
    const value = new RegExp(`(?:^|[{,\\s])'?${name.replaceAll('.', '\\.')}'?: ([\\d.]+)`, 'm').exec(text)?.[1];
    return value === undefined ? undefined : Number(value);
  };
  return { ...server, port, counter, flushes };
}

/** What statsd answers to a command of its admin interface: the output of `util.inspect`, not JSON. */
async function askAdmin(port: number, command: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`${command}\n`);
  let answer = '';
  for await (const part of socket) {
    answer += String(part);
    if (answer.endsWith('END\n\n')) break; // the socket is destroyed with the loop
  }
  return answer;
}
