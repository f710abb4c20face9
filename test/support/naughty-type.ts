import * as z from 'zod/mini';
import { defineMessage } from '../../src/core/define-message.ts';

const IMAGE = '<img src=x onerror=globalThis.pwned=1>';

/** A type with a view of its own, whose name and column would run if they were taken for HTML. */
export const NAUGHTY_TYPE = defineMessage(`${IMAGE}.placed`, z.object({ [IMAGE]: z.string() }));
