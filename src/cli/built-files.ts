import { readFile } from 'node:fs/promises';

/** Reads a file that was built beside this one. */
export const readBuilt = (name: string): Promise<Uint8Array> => readFile(new URL(name, import.meta.url));
