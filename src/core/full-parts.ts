import type { EngineParts } from './engine.ts';
import { describeException } from './exception.ts';
import { explainMessage } from './explain-message.ts';
import { shorten } from './shorten.ts';

/** The parts of a client that may be as large as it likes. */
export const FULL_PARTS: EngineParts = { describeException, explainMessage, shorten };
