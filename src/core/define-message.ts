import type { InputOf, StandardSchema } from './standard-schema.ts';

/** A message type with a schema for its metadata: a plain value that page and server share. */
export interface MessageDefinition<S extends StandardSchema = StandardSchema> {
  readonly type: string;
  readonly schema: S;
}

/** Names a message type and what its metadata holds. `send` then checks both when compiling and when sending. */
export function defineMessage<S extends StandardSchema>(type: string, schema: S): MessageDefinition<S> {
  return { type, schema };
}

/** The metadata that a definition wants. */
export type MetadataOf<D extends MessageDefinition> = InputOf<D['schema']>;
