import type { ShownEntry } from '../api/exception.ts';
import { cut, showValue } from './show-value.ts';

/** Entries of the metadata, or variables of one call, that are shown. */
export const MAX_ENTRIES = 100;
const MAX_NAME_LENGTH = 200;

/** Names and values as a reader is shown them, at most a hundred. */
export const showEntries = (entries: readonly (readonly [string, unknown])[]): readonly ShownEntry[] =>
  entries.slice(0, MAX_ENTRIES).map(([name, value]) => ({ name: cut(name, MAX_NAME_LENGTH), ...showValue(value) }));
