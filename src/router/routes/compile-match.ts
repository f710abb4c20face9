import type { JsonObject } from '../../core/json.ts';
import type { ReceivedMessage } from '../received-message.ts';
import { metadataReader } from '../../core/metadata-path.ts';
import { isMatchField, metadataPath, type MatchField } from './match-key.ts';
import type { Match } from './route.ts';
import { compileValueTest, parseCondition, type ValueVerdict } from './value-test.ts';

/** A match in two halves: what few values decide, which can be remembered, and what is each message's own. */
export interface CompiledMatch {
  /** What `meetsFields` looks at. */
  readonly fields: readonly MatchField[];
  meetsFields(message: ReceivedMessage): boolean;
  /** Undefined where no condition looks at the metadata. */
  readonly meetsMetadata: ((metadata: JsonObject) => boolean) | undefined;
}

/** Compiles a match that the configuration's check has let through. Throws a plain Error for any other. */
export function compileMatch(match: Match): CompiledMatch {
  const fields: MatchField[] = [];
  const ofFields: ((message: ReceivedMessage) => boolean)[] = [];
  const ofMetadata: ((metadata: JsonObject) => boolean)[] = [];
  for (const [key, verdict] of matchVerdicts(match)) {
    if (isMatchField(key)) {
      fields.push(key);
      ofFields.push((message) => verdict(message[key]));
    } else {
      const read = metadataReader(metadataPath(key) ?? '');
      ofMetadata.push((metadata) => verdict(read(metadata)));
    }
  }
  return {
    fields,
    meetsFields: (message) => ofFields.every((meets) => meets(message)),
    meetsMetadata: ofMetadata.length === 0 ? undefined : (metadata) => ofMetadata.every((meets) => meets(metadata)),
  };
}

/** Each key of a match with its condition as a function. */
export function matchVerdicts(match: Match): readonly (readonly [key: string, verdict: ValueVerdict])[] {
  return Object.entries(match).map(([key, condition]) => {
    const test = parseCondition(condition);
    if (test === undefined) throw new Error(`the match's ${key} is no condition`);
    return [key, compileValueTest(test)] as const;
  });
}
