import { open, rename } from 'node:fs/promises';

/** What changes files: narrow, so that a failing one can stand in. */
export interface FileCalls {
  open: (path: string, flags: string) => ReturnType<typeof open>;
  rename: (from: string, to: string) => Promise<void>;
}

export const nodeFileCalls: FileCalls = { open, rename };
