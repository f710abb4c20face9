import type { NewException } from '../../store/exceptions/new-exceptions.ts';
import type { AttentionItem } from '../api/attention.ts';
import { many } from '../words.ts';
import { clip } from './clip.ts';

/** Says which groups of exceptions are new in the last hour. */
export const newExceptionItems = (groups: readonly NewException[]): AttentionItem[] =>
  groups.map(({ fingerprint, errorType, errorValue, logger, count, firstReceived }) => {
    const what = [errorType ?? 'exception', errorValue].filter((part) => part !== null && part !== '').join(': ');
    const text = `new in ${clip(logger)}: ${clip(what)} (${many(count, 'time')} in the last hour)`;
    return { rule: 'new-exception', text, fingerprint, logger, count, firstReceived };
  });
