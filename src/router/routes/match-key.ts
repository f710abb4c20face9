import { metadataReader } from '../../core/metadata-path.ts';
import type { ReceivedMessage } from '../received-message.ts';

/** What a match can look at beside the metadata. */
export const MATCH_FIELDS = ['type', 'logger', 'severity', 'key', 'via'] as const;
export type MatchField = (typeof MATCH_FIELDS)[number];

const METADATA_PREFIX = 'metadata.';

export const isMatchField = (key: string): key is MatchField => MATCH_FIELDS.some((field) => field === key);

/** The path behind `metadata.`; undefined for another key, and for one without a path. */
export function metadataPath(key: string): string | undefined {
  const path = key.startsWith(METADATA_PREFIX) ? key.slice(METADATA_PREFIX.length) : '';
  return path === '' ? undefined : path;
}

/** Reads what a match's key names; undefined where the message has none. */
export function valueReader(key: string): (message: ReceivedMessage) => unknown {
  if (isMatchField(key)) return (message) => message[key];
  const read = metadataReader(metadataPath(key) ?? '');
  return ({ metadata }) => read(metadata);
}
