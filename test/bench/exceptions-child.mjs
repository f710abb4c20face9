import { Agent, createServer, get } from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { report, task } from './lib/processes.mjs';
import { spread } from './lib/numbers.mjs';

// Measures one way of watching an application in a process that does nothing else: exceptions that are caught and reported, or work in which nothing is thrown.

/** Fewer a second than either side looks at: both stop at 50. */
const PACE_MS = 30;
const WARM_UP_THROWS = 30;
const THROWS = 100;
/** Sentry's worker needs a while until it is attached. */
const START_MS = 2_000;
const ROUNDS = 9;
const AWAITS = 200_000;
const CALLS = 300_000;
const REQUESTS = 6_000;
const CONNECTIONS = 20;

const { way, what, dist, udpPort, httpPort } = task();
class Cart {
  constructor(customer, items) {
    this.customer = customer;
    this.items = items;
  }
  charge(card, attempt) {
    const total = this.items.reduce((sum, { price }) => sum + price, 0);
    const fee = total / 10;
    if (attempt > 0) throw new RangeError(`declined ${total + fee} at attempt ${attempt}`); // Sentry sends no error twice in a row
  }
}

let withVars = 0;
const tell = await open();
await sleep(START_MS);
await report(what === 'throw' ? await measureThrows() : await measureWork());
process.exit(); // Sentry's worker and inspector stay otherwise

async function open() {
  if (way.startsWith('sentry')) {
    const Sentry = await import('@sentry/node');
    Sentry.init({
      dsn: `http://public@127.0.0.1:${httpPort}/1`,
      includeLocalVariables: way === 'sentry locals',
      beforeSend(event) {
        withVars += event.exception.values.at(-1).stacktrace.frames.some(({ vars }) => vars) ? 1 : 0;
        return event;
      },
    });
    return (error) => Sentry.captureException(error);
  }
  if (way === 'bare') return () => undefined;
  const { createMetlog } = await import(`${dist}/node.js`);
  const { uncaught } = await import(`${dist}/node-captures.js`);
  const metlog = createMetlog({
    dest: `udp://127.0.0.1:${udpPort}`,
    capture: [uncaught({ locals: way === 'metlog locals' })],
  });
  metlog.use({
    name: 'count',
    onMessage({ metadata }) {
      withVars += metadata.exception?.frames.some(({ vars }) => vars) ? 1 : 0;
    },
  });
  return (error) => metlog.exception(error);
}

function checkout(request, attempt) {
  const customer = { id: request.id, name: 'Ann', tags: ['new', 'eu'] };
  const cart = new Cart(customer, [
    { sku: 'A-1', price: 5 },
    { sku: 'B-2', price: 7 },
  ]);
  const startedAt = new Date();
  cart.charge({ brand: 'visa', number: '4111' }, attempt);
  return startedAt;
}

function handle(request) {
  const attempt = request.id + 1;
  return checkout(request, attempt);
}

async function measureThrows() {
  const callMs = [];
  const throwOnce = (id) => {
    const startedMs = performance.now();
    try {
      handle({ id, url: '/checkout' });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      tell(error);
    }
    return performance.now() - startedMs;
  };
  for (let id = 0; id < WARM_UP_THROWS; id += 1) {
    throwOnce(id);
    await sleep(PACE_MS);
  }
  await sleep(500);
  withVars = 0;
  const before = process.cpuUsage();
  for (let id = 0; id < THROWS; id += 1) {
    callMs.push(throwOnce(id));
    await sleep(PACE_MS);
  }
  await sleep(500);
  const { user, system } = process.cpuUsage(before);
  return { callMs: spread(callMs).median, cpuMs: (user + system) / 1_000 / THROWS, withVars: withVars / THROWS };
}

async function measureWork() {
  const leaf = async (value) => value;
  const awaits = async () => {
    let sum = 0;
    for (let index = 0; index < AWAITS; index += 1) sum += await leaf(index);
    return sum;
  };
  const calls = () => {
    let sum = 0;
    for (let index = 0; index < CALLS; index += 1) sum += JSON.stringify({ index }).length;
    return sum;
  };
  return {
    awaitNs: await medianNs(awaits, AWAITS),
    callNs: await medianNs(calls, CALLS),
    requestUs: await measureRequests(),
  };
}

async function medianNs(work, count) {
  await work();
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedMs = performance.now();
    await work();
    times.push(((performance.now() - startedMs) * 1e6) / count);
  }
  return spread(times).median;
}

/** CPU of a request with a few awaits, server and client together, in microseconds. */
async function measureRequests() {
  const find = async (id) => {
    await null;
    return { id };
  };
  const view = async (request) => {
    const user = await find(request.url.length);
    const rows = await Promise.all([find(1), find(2)]);
    return JSON.stringify({ user, rows });
  };
  const server = createServer(async (request, response) => response.end(await view(request)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const { port } = server.address();
  const one = () =>
    new Promise((resolve, reject) => {
      get({ port, agent, path: '/users/42' }, (answer) => answer.resume().on('end', resolve)).on('error', reject);
    });
  const run = async (count) => {
    let left = count;
    const client = async () => {
      while (left-- > 0) await one();
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, client));
  };
  await run(REQUESTS / 2);
  const before = process.cpuUsage();
  await run(REQUESTS);
  const { user, system } = process.cpuUsage(before);
  agent.destroy();
  server.close();
  return (user + system) / REQUESTS;
}
