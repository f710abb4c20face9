import { isIP } from 'node:net';
import { resolve } from 'node:path';
import * as z from 'zod/mini';
import { archiveSchema } from './archive/archive-schema.ts';
import { explain, mustBe, valueAt, wantedBy } from './config-error.ts';
import type { ConfigError } from './errors.ts';
import { hostsSchema } from './input/hosts-schema.ts';
import { hasSigningKey, keySpecsSchema } from './input/keys.ts';
import { originsSchema } from './input/origins-schema.ts';
import { MAX_BODY_BYTES } from './input/read-body.ts';
import type { RouterConfig } from './router-config.ts';
import { sqlMatch } from './routes/except-schema.ts';
import { routeSchema, routeTestSchema } from './routes/route-schema.ts';
import { testMessage } from './routes/test-message.ts';
import { FILE_DEFAULTS } from './sinks/file-spec.ts';
import { sinkSchema } from './sinks/sink-spec.ts';
import { text as textOf, whole } from './sinks/spec-fields.ts';
import { typesSchema } from './types-schema.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** A host that only this machine can reach. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

const HOUR_MS = 3_600_000;
/** The archive's writer takes six times as much memory, of which it has 96 MiB. */
const MAX_SEGMENT_BYTES = 16 * 1024 ** 2;
/** Each is a runner with a cursor of its own; more are a mistake. */
const MAX_SINKS = 64;
/** Proxies in a row; more are a mistake. */
const MAX_PROXIES = 16;
const MAX_ROUTES = 1_000;
const MAX_ROUTE_TESTS = 10_000;
/** Names of files are made of it. */
const SINK_NAME = /^\w[\w.-]{0,63}$/;
/** The path of a file that was full. */
const ROTATED = /\.([1-9]\d*)$/;

const text = textOf('a text that is not empty');
/** Else a folder of this name would be made here, after a slip: it is `archive.dir` that may be elsewhere. */
const folder = text.check(z.refine((dir) => !/^[a-z][a-z0-9+.-]+:\/\//i.test(dir), 'a folder of this machine'));
const address = z
  .string('an IP address or localhost')
  .check(z.refine((host) => host === 'localhost' || isIP(host) !== 0, 'an IP address or localhost'));
const sinkName = z
  .string()
  .check(z.regex(SINK_NAME, 'named by 1 to 64 letters, digits, _, - and ., not the last two at its beginning'));
const sinks = z
  .record(sinkName, sinkSchema, 'an object of sinks by name')
  .check(z.refine((all) => Object.keys(all).length <= MAX_SINKS, `an object of at most ${MAX_SINKS} sinks`));

const schema = z.strictObject({
  dataDir: z.optional(folder),
  udp: z.optional(
    z.strictObject({
      host: z.optional(address),
      port: z.optional(whole(0, 65_535)),
      recvBufferBytes: z.optional(whole(4_096, 1024 ** 3)),
    }),
  ),
  archive: z.optional(archiveSchema),
  journal: z.optional(
    z.strictObject({
      maxBytes: z.optional(whole(1024 ** 2, Number.MAX_SAFE_INTEGER)),
      maxSenders: z.optional(whole(1, 10_000_000)),
      segmentMs: z.optional(whole(10, 1_000)),
      segmentBytes: z.optional(whole(1, MAX_SEGMENT_BYTES)),
      fsync: z.optional(z.enum(['second', 'always'], '"second" or "always"')),
    }),
  ),
  types: z.optional(typesSchema),
  keys: z.optional(keySpecsSchema),
  allowUnsigned: z.optional(z.boolean('true or false')),
  hosts: hostsSchema,
  origins: originsSchema,
  trustProxy: z.optional(whole(0, MAX_PROXIES)),
  limits: z.optional(
    z.strictObject({
      maxBodyBytes: z.optional(whole(1, MAX_BODY_BYTES)),
      maxLineBytes: z.optional(whole(1, MAX_BODY_BYTES)),
      bodyTimeoutMs: z.optional(whole(1, HOUR_MS)),
      maxBodies: z.optional(whole(1, 1_000_000)),
      maxHeldBytes: z.optional(whole(1, 64 * 1024 ** 3)),
      ratePerSecond: z.optional(whole(1, 1_000_000)),
      burst: z.optional(whole(1, 1_000_000)),
    }),
  ),
  addAddress: z.optional(
    z.union([z.boolean(), z.literal('full')], 'true for a truncated address, "full" for all of it, or false'),
  ),
  addUserAgent: z.optional(z.boolean('true or false')),
  sinks: z.optional(sinks),
  routes: z.optional(
    z.array(routeSchema, 'a list of routes').check(z.maxLength(MAX_ROUTES, `a list of at most ${MAX_ROUTES} routes`)),
  ),
  routeTests: z.optional(
    z
      .array(routeTestSchema, 'a list of route tests')
      .check(z.maxLength(MAX_ROUTE_TESTS, `a list of at most ${MAX_ROUTE_TESTS} route tests`)),
  ),
  closeDeadlineMs: z.optional(whole(0, HOUR_MS)),
});

/** The configuration, if it is one. Throws ConfigError, which names the option, what is wanted and what came. Calls and opens nothing. */
export function checkRouterConfig(given: unknown): RouterConfig {
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw explain(parsed.error.issues[0], given);
  const config = given as RouterConfig; // what was checked, with the functions and instances that it holds
  const problem =
    protoProblem(config) ??
    clashProblem(config) ??
    rotationProblem(config) ??
    hostProblem(config) ??
    targetProblem(config) ??
    routedProblem(config) ??
    testProblem(config);
  if (problem !== undefined) throw problem;
  return config;
}

/** Whether datagrams may come from other machines: signed ones may, and any if that was said. */
export const takesOtherMachines = ({ keys, allowUnsigned }: RouterConfig): boolean =>
  allowUnsigned === true || hasSigningKey(keys);

/** The one key that zod's records pass over, and that JSON can hold. */
function protoProblem({ sinks = {}, keys = {}, types = {} }: RouterConfig): ConfigError | undefined {
  if (Object.hasOwn(types, '__proto__')) return mustBe(['types', '__proto__'], 'named otherwise', types['__proto__']);
  if (Object.hasOwn(sinks, '__proto__')) return mustBe(['sinks', '__proto__'], 'named otherwise', sinks['__proto__']);
  return Object.hasOwn(keys, '__proto__') ? mustBe(['keys', '__proto__'], 'named otherwise', {}) : undefined;
}

/** Sinks that would write the same file: their own, or, where the system does not tell cases apart, the cursors and dead letters. */
function clashProblem({ sinks = {} }: RouterConfig): ConfigError | undefined {
  const names = new Map<string, string>();
  const paths = new Map<string, string>();
  for (const [name, spec] of Object.entries(sinks)) {
    const namesake = names.get(name.toLowerCase());
    if (namesake !== undefined) return mustBe(['sinks', name], `named otherwise: there is ${namesake}`, spec);
    names.set(name.toLowerCase(), name);
    if (typeof spec === 'function' || spec.kind !== 'file') continue;
    const path = resolve(spec.path);
    const other = paths.get(path);
    if (other !== undefined) {
      return mustBe(['sinks', name, 'path'], `another file than that of sinks.${other}`, spec.path);
    }
    paths.set(path, name);
  }
  return undefined;
}

/** A sink that would write a file to which another one's is renamed when it is full. */
function rotationProblem({ sinks = {} }: RouterConfig): ConfigError | undefined {
  const files = Object.entries(sinks).flatMap(([name, spec]) =>
    typeof spec === 'function' || spec.kind !== 'file' ? [] : [{ name, spec, path: resolve(spec.path) }],
  );
  for (const { name, spec, path } of files) {
    const number = ROTATED.exec(path)?.[1];
    if (number === undefined) continue;
    const unrotated = path.slice(0, -number.length - 1);
    const other = files.find(
      (one) => one.path === unrotated && Number(number) <= (one.spec.keep ?? FILE_DEFAULTS.keep),
    );
    if (other !== undefined) {
      const want = `another file than one of those that sinks.${other.name} keeps, ${other.spec.path}.${number}`;
      return mustBe(['sinks', name, 'path'], want, spec.path);
    }
  }
  return undefined;
}

function hostProblem(config: RouterConfig): ConfigError | undefined {
  const host = config.udp?.host;
  if (host === undefined || isLoopback(host) || takesOtherMachines(config)) return undefined;
  const want =
    'a loopback address (127.0.0.1, localhost or ::1) without `keys` that have a secret or `allowUnsigned: true`, as messages from other machines could be forged';
  return mustBe(['udp', 'host'], want, host);
}

/** A route, or a route test, that names a sink which is not there. */
function targetProblem({ sinks = {}, routes = [], routeTests = [] }: RouterConfig): ConfigError | undefined {
  const names = Object.keys(sinks);
  const want =
    names.length === 0 ? 'the name of a sink, of which there are none' : `the name of a sink (${names.join(', ')})`;
  for (const [option, list] of [
    ['routes', routes],
    ['routeTests', routeTests],
  ] as const) {
    for (const [index, { to }] of list.entries()) {
      const at = to.findIndex((name) => !Object.hasOwn(sinks, name));
      if (at !== -1) return mustBe([option, String(index), 'to', String(at)], want, to[at]);
    }
  }
  return undefined;
}

/** A route whose messages the archive cannot leave out. */
function routedProblem(config: RouterConfig): ConfigError | undefined {
  const { archive, routes = [] } = config;
  if (archive?.except !== 'routed') return undefined;
  for (const [index, route] of routes.entries()) {
    const issue = 'match' in route ? sqlMatch.safeParse(route.match).error?.issues[0] : undefined;
    if (issue === undefined || !('match' in route)) continue;
    const path = ['routes', String(index), 'match', ...issue.path.map(String)];
    return mustBe(path, `${wantedBy(issue)}, as archive.except is "routed"`, valueAt(config, path));
  }
  return undefined;
}

function testProblem({ routeTests = [] }: RouterConfig): ConfigError | undefined {
  for (const [index, { message }] of routeTests.entries()) {
    const made = testMessage(message, Date.now());
    if (!made.ok) {
      return mustBe(['routeTests', String(index), 'message'], `a message (${made.reason})`, message);
    }
  }
  return undefined;
}
