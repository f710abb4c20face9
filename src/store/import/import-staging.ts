import { join } from 'node:path';
import { importWriter, stagingDir } from '../layout.ts';

/** Where an import keeps what is not in place. The merger and the writer of the archive leave it alone. */
export const importStaging = (dir: string, id: string): string => join(stagingDir(dir), importWriter(id));
