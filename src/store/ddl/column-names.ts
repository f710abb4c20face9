import type { RegisteredType } from '../types/registered-types.ts';
import type { DdlKey } from './dialect.ts';

/** A key and its column. */
export interface DdlColumn extends DdlKey {
  readonly name: string;
}

/** What a name of a column may hold in each of the engines and of their metastores. Hive takes no dots, and clients of it would put values in the place of `${…}`. */
const UNSPEAKABLE = /[^A-Za-z0-9_]/gu;

/**
 * The columns of a type: named as its keys, but with `_` for what is no letter, digit or `_` of ASCII, and a number behind those of which there is one already. Names are the
 * same whatever their case.
 */
export function ddlColumns(columns: RegisteredType['columns'], others: readonly string[]): readonly DdlColumn[] {
  const taken = new Set(others);
  return columns.map(({ name, key, kind }) => {
    const plain = name.replace(UNSPEAKABLE, '_');
    let free = plain;
    for (let count = 2; taken.has(free.toLowerCase()); count++) free = `${plain}_${count}`;
    taken.add(free.toLowerCase());
    return { name: free, key, kind };
  });
}
