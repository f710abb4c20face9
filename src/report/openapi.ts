import * as z from 'zod/mini';
import type { JsonObject } from '../core/json.ts';
import { OPEN_PATHS } from './access.ts';
import type { ApiRoute } from './api-route.ts';
import { OPERATIONS, type Operation } from './api/operations.ts';

/** The document says what the paths are, not which release of the package serves them. */
const API_VERSION = '1';
const JSON_TYPE = 'application/json';
const FAILURE_REF = { $ref: '#/components/schemas/Failure' };
const REFUSED = { description: 'refused, in words', content: { [JSON_TYPE]: { schema: FAILURE_REF } } };

/** The description of the API in OpenAPI 3.1. https://spec.openapis.org/oas/v3.1.0 */
export function openApi(routes: readonly ApiRoute[]): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const route of routes) paths[templateOf(route.path)] = { get: routeOperation(route) };
  for (const operation of OPERATIONS) {
    const { path, method } = operation;
    const isOpen = OPEN_PATHS.has(path);
    paths[path] = { ...paths[path], [method]: { ...otherOperation(operation), ...(isOpen && { security: [] }) } };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Metlog',
      version: API_VERSION,
      description: `What \`metlog serve\` answers. Where it has a token, all but ${[...OPEN_PATHS].join(', ')} want it: \`Authorization: Bearer …\`.`,
    },
    security: [{ token: [] }],
    paths,
    components: {
      schemas: {
        Failure: {
          type: 'object',
          properties: { error: { type: 'string' }, code: { type: 'string' } },
          required: ['error', 'code'],
          additionalProperties: false,
        },
      },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

/** `/api/exceptions/:fingerprint` as OpenAPI writes it. */
const templateOf = (path: string): string => path.replace(/:(\w+)/g, '{$1}');

function routeOperation({ path, about, input, output }: ApiRoute): JsonObject {
  const { properties = {}, required = [] } = schemaOf(input, 'input') as {
    readonly properties?: Readonly<Record<string, JsonObject>>;
    readonly required?: readonly string[];
  };
  const inPath = new Set([...path.matchAll(/:(\w+)/g)].map(([, name]) => name));
  return {
    summary: about,
    parameters: Object.entries(properties).map(([name, schema]) => ({
      name,
      in: inPath.has(name) ? 'path' : 'query',
      required: inPath.has(name) || required.includes(name),
      schema,
    })),
    responses: {
      200: { description: 'the answer', content: { [JSON_TYPE]: { schema: schemaOf(output, 'output') } } },
      default: REFUSED,
    },
  };
}

function otherOperation({ about, parameters = {}, body, answers }: Operation): JsonObject {
  const contentOf = (mediaType: string, schema: z.ZodMiniType | undefined, io: 'input' | 'output'): JsonObject => ({
    [mediaType]: schema === undefined ? {} : { schema: schemaOf(schema, io) },
  });
  return {
    summary: about,
    parameters: Object.entries(parameters).map(([name, description]) => ({
      name,
      in: 'query',
      description,
      schema: { type: 'string' },
    })),
    ...(body !== undefined && { requestBody: { content: contentOf(body.mediaType, body.schema, 'input') } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { about: description, mediaType, schema }]) => [
          status,
          { description, content: contentOf(mediaType, schema, 'output') },
        ]),
      ),
      default: REFUSED,
    },
  };
}

/** What is only text on its way, such as a time, is described as the text. */
const schemaOf = (schema: z.ZodMiniType, io: 'input' | 'output'): JsonObject => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest as JsonObject;
};
