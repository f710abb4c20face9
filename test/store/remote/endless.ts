import { Readable } from 'node:stream';

/** Letters, as many as are taken. */
export const endless = (): Readable =>
  Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(65_536, 'x');
    })(),
  );
