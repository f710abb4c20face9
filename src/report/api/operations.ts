import * as z from 'zod/mini';
import { queryAnswer, queryInput } from './query.ts';
import { replayAnswer, replayInput } from './replay.ts';

/** A path that is more than a question by GET with an answer in JSON. */
export interface Operation {
  readonly method: 'get' | 'post';
  readonly path: string;
  /** One sentence. */
  readonly about: string;
  /** Of the query string. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly body?: { readonly mediaType: string; readonly schema?: z.ZodMiniType };
  /** By status. Refusals that every path has are left out. */
  readonly answers: Readonly<Record<string, OperationAnswer>>;
}

interface OperationAnswer {
  readonly about: string;
  readonly mediaType: string;
  readonly schema?: z.ZodMiniType;
}

const JSON_TYPE = 'application/json';
const PROJECT_KEY = 'the project key, where the configuration has keys';
const status = /* @__PURE__ */ z.strictObject({ status: z.string() });

export const OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/messages',
    about: 'Takes messages: a header line, then one JSON message a line.',
    parameters: { key: PROJECT_KEY, encoding: 'gzip for a compressed body' },
    body: { mediaType: 'text/plain' },
    answers: {
      202: {
        about: 'the messages are in the journal',
        mediaType: JSON_TYPE,
        schema: z.looseObject({ accepted: z.number(), refused: z.array(z.unknown()) }),
      },
    },
  },
  {
    method: 'post',
    path: '/api/query',
    about: 'Runs one SELECT over the views of the archive.',
    body: { mediaType: JSON_TYPE, schema: queryInput },
    answers: { 200: { about: 'columns and rows', mediaType: JSON_TYPE, schema: queryAnswer } },
  },
  {
    method: 'post',
    path: '/api/replay',
    about: 'Delivers the dead letters of a sink again.',
    body: { mediaType: JSON_TYPE, schema: replayInput },
    answers: {
      200: { about: 'what became of them', mediaType: JSON_TYPE, schema: replayAnswer },
      202: { about: 'it takes longer, and goes on', mediaType: JSON_TYPE, schema: replayAnswer },
    },
  },
  {
    method: 'post',
    path: '/api/maps',
    about: 'Keeps a source map for the exceptions of pages.',
    parameters: { release: 'of the script', path: 'of the script', debug_id: 'of the script, a UUID' },
    body: { mediaType: JSON_TYPE },
    answers: {
      201: {
        about: 'it is kept',
        mediaType: JSON_TYPE,
        schema: z.strictObject({ bytes: z.number(), deletedReleases: z.number() }),
      },
    },
  },
  {
    method: 'get',
    path: '/api/ledger',
    about: 'The books: where every message is, and what was lost.',
    answers: {
      200: {
        about: 'the books',
        mediaType: JSON_TYPE,
        schema: z.looseObject({
          at: z.string(),
          startedAt: z.string(),
          notes: z.array(z.string()),
          input: z.looseObject({ accepted: z.number(), duplicates: z.number() }),
          path: z.looseObject({ isExact: z.boolean() }),
          sinks: z.record(z.string(), z.looseObject({ state: z.string(), waiting: z.number() })),
        }),
      },
    },
  },
  {
    method: 'get',
    path: '/api/tail',
    about: 'Messages as they arrive, one an event; an event `gap` says how many were skipped.',
    parameters: {
      type: 'names or `*` patterns, repeated or separated by commas',
      logger: 'likewise',
      exactLogger: 'the name of one logger, as it is',
      severity: 'the least grave that is wanted, 0 to 7',
      metadata: '`key=value`, may be repeated',
      text: 'held by the payload or the metadata',
      perSecond: 'messages a second at most',
    },
    answers: { 200: { about: 'server-sent events', mediaType: 'text/event-stream' } },
  },
  {
    method: 'get',
    path: '/metrics',
    about: 'The books for Prometheus.',
    answers: { 200: { about: 'text', mediaType: 'text/plain' } },
  },
  {
    method: 'get',
    path: '/healthz',
    about: 'Whether the process lives.',
    answers: { 200: { about: 'it does', mediaType: JSON_TYPE, schema: status } },
  },
  {
    method: 'get',
    path: '/readyz',
    about: 'Whether messages are taken and the archive can be read.',
    answers: { 200: { about: 'both', mediaType: JSON_TYPE, schema: status } },
  },
];
