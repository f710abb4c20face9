import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { OPEN_PATHS } from '../../src/report/access.ts';
import { openApi } from '../../src/report/openapi.ts';
import { API_ROUTES } from '../../src/report/routes/routes.ts';
import { aMessage } from './temp-archive.ts';
import { reportOver } from './report-over.ts';

interface Operation {
  readonly security?: readonly unknown[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema?: object }>> }>
  >;
}
interface Document {
  readonly info: { readonly description: string };
  readonly security: unknown;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: { readonly Failure: object } };
}

const described = JSON.parse(JSON.stringify(openApi(API_ROUTES))) as Document;
const operations = Object.entries(described.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

/** Fails with the path of what differs. */
function expectFits(schema: object, value: unknown): void {
  const ajv = new Ajv2020({ allErrors: true, formats: { uuid: true } });
  const fits = ajv.compile(schema);
  fits(value);
  expect(fits.errors ?? []).toEqual([]);
}

/** What is needed to be answered, by the parameter's name. */
const VALUES: Readonly<Record<string, string>> = {
  from: '2020-01-01T00:00:00Z',
  to: '2100-01-01T00:00:00Z',
  fingerprint: 'f00d',
  key: 'request_id',
  value: 'r1',
  at: new Date().toISOString(),
  sender: 'a-sender',
  seq: '0',
  name: 'counter:login.ok',
};

/** The path with values for its parameters, and the query that it needs. */
function validAsk(
  path: string,
  { parameters }: Operation,
): { readonly filled: string; readonly query: URLSearchParams } {
  const query = new URLSearchParams();
  let filled = path;
  for (const { name, in: where, required } of parameters) {
    if (where === 'path') filled = filled.replace(`{${name}}`, VALUES[name]!);
    else if (required) query.set(name, VALUES[name]!);
  }
  return { filled, query };
}

/** What a post needs. */
const BODIES: Readonly<Record<string, unknown>> = {
  '/api/query': { sql: 'select 1 as one' },
  '/api/replay': { sink: 'statsd' },
};

const MESSAGES = [
  aMessage(),
  aMessage({ type: 'timer', payload: '12.5', metadata: { name: 'auth', rate: 0.5 } }),
  aMessage({ type: 'exception', severity: 3, metadata: { exception: { type: 'E', value: 'v', fingerprint: 'f00d' } } }),
];

describe('the description of the API', () => {
  it('is served, and names every path of the API', async () => {
    const { get } = await reportOver();
    expect(await (await get('/api/openapi.json')).json()).toEqual(described);
    for (const { path } of API_ROUTES) expect(described.paths).toHaveProperty([path.replace(/:(\w+)/g, '{$1}')]);
  });

  it.each(operations.filter(({ path }) => path !== '/api/tail' && path !== '/v1/messages' && path !== '/api/maps'))(
    'says what $method $path answers',
    async ({ path, method, operation }) => {
      const { report } = await reportOver(MESSAGES);
      const { filled, query } = validAsk(path, operation);
      const body = BODIES[path];
      const response = await report.fetch(
        new Request(`http://127.0.0.1:5566${filled}?${query.toString()}`, {
          method: method.toUpperCase(),
          ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        }),
      );
      const [mediaType = ''] = (response.headers.get('content-type') ?? '').split(';');
      const answer = await response.text();
      // A message or a group that is not there is refused in the shape of all refusals.
      const { content } = operation.responses[response.status] ?? operation.responses['default']!;
      expect(Object.keys(content)).toContain(mediaType);
      if (response.status === 200 || response.status === 404) {
        const schema = response.status === 404 ? described.components.schemas.Failure : content[mediaType]?.schema;
        if (schema !== undefined) expectFits(schema, JSON.parse(answer));
      }
      expect([path, response.status, answer.slice(0, 200)]).toEqual([
        path,
        path.includes('{sender}') || path === '/api/replay' ? 404 : 200,
        answer.slice(0, 200),
      ]);
    },
  );

  it.each(API_ROUTES.map(({ path }) => path))('refuses a parameter that %s does not have', async (path) => {
    const { get } = await reportOver();
    const template = path.replace(/:(\w+)/g, '{$1}');
    const { filled, query } = validAsk(template, described.paths[template]!['get']!);
    const statusOf = async (): Promise<number> => (await get(`${filled}?${query.toString()}`)).status;
    expect(await statusOf()).not.toBe(400);
    query.set('surely', 'not');
    const response = await get(`${filled}?${query.toString()}`);
    const refusal: unknown = await response.json();
    expect([response.status, refusal]).toEqual([400, { code: 'bad-request', error: 'there is no parameter "surely"' }]);
    expectFits(described.components.schemas.Failure, refusal);
  });

  it('says of each path that it takes GET alone', async () => {
    const { report } = await reportOver();
    const headers = { 'content-type': 'application/json' };
    for (const { path } of API_ROUTES) {
      const url = `http://127.0.0.1:5566${path.replace(/:\w+/g, 'x')}`;
      const response = await report.fetch(new Request(url, { method: 'POST', headers }));
      expect([path, response.status, response.headers.get('allow')]).toEqual([path, 405, 'GET']);
    }
  });

  it('says which paths want no token', () => {
    expect(described.security).toEqual([{ token: [] }]);
    const open = operations.filter(({ operation }) => operation.security?.length === 0).map(({ path }) => path);
    expect(open.sort()).toEqual(['/healthz', '/v1/messages']);
    for (const path of OPEN_PATHS) expect(described.info.description).toContain(path);
  });
});
