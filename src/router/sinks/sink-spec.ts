import type * as z from 'zod/mini';
import { isRecord } from '../../core/json.ts';
import { chosenSchema } from '../chosen-schema.ts';
import { show } from '../config-error.ts';
import type { SinkFactory } from '../sink.ts';
import { fileSpecSchema, type FileSpec } from './file-spec.ts';
import { sentrySpecSchema, type SentrySpec } from './sentry-spec.ts';
import { statsdSpecSchema, type StatsdSpec } from './statsd-spec.ts';
import { stdoutSpecSchema, type StdoutSpec } from './stdout-spec.ts';

/** A back end that Metlog knows, told apart by `kind`. */
export type SinkSpec = FileSpec | SentrySpec | StatsdSpec | StdoutSpec;
export type SinkKind = SinkSpec['kind'];

const SCHEMAS: Readonly<Record<SinkKind, z.ZodMiniType<SinkSpec>>> = {
  file: fileSpecSchema,
  sentry: sentrySpecSchema,
  statsd: statsdSpecSchema,
  stdout: stdoutSpecSchema,
};

const isSinkKind = (kind: unknown): kind is SinkKind => typeof kind === 'string' && Object.hasOwn(SCHEMAS, kind);

/** A sink of the configuration: a back end that Metlog knows, or a function that makes one. The function is not called. */
export const sinkSchema: z.ZodMiniType<SinkSpec | SinkFactory> = chosenSchema<SinkSpec | SinkFactory>((value) => {
  if (typeof value === 'function') return 'fits';
  const kind = isRecord(value) ? value['kind'] : undefined;
  if (isSinkKind(kind)) return { schema: SCHEMAS[kind], name: `a ${kind} sink` };
  return {
    want: `an object whose kind is one of ${Object.keys(SCHEMAS).join(', ')}, or a function that makes a sink`,
    got: kind === undefined ? undefined : `kind ${show(kind)}`,
  };
});
