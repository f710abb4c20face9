import type { Acceptance } from './acceptance.ts';
import { answer } from './answers.ts';
import { refusalAnswer } from './refusals.ts';
import type { RelayBook, RelayRefusal } from './stats.ts';

/** Refused lines that an answer lists, so that a body of nothing but newlines cannot ask for an answer many times its size. */
const MAX_LISTED_REFUSALS = 100;

/** Why a body that is signed, or has a key, was not taken. */
const SIGNATURE_REASONS: ReadonlySet<string> = new Set(['unsigned', 'bad-signature', 'stale']);
/** What may be sent again. */
const LATER_REASONS: ReadonlySet<string> = new Set(['journal-failed', 'unreachable']);

/** The answer to a body that was handed on, and the count of it. */
export function takenAnswer(acceptance: Acceptance, book: RelayBook): Response {
  if ('rejected' in acceptance) return rejection(acceptance.rejected, book);
  const { duplicates, refused, refusedCount = refused.length } = acceptance;
  const accepted = acceptance.accepted + duplicates; // what arrived before is as safe
  const listed = refused.slice(0, MAX_LISTED_REFUSALS);
  const books = { accepted, refused: listed, ...(listed.length < refusedCount && { refusedCount }) };
  book.count(accepted, refusedCount);
  if (accepted > 0) {
    book.accept();
    return answer(202, books);
  }
  book.refuse('nothing-valid');
  return answer(400, { error: 'no line of the body is a valid message', code: 'nothing-valid', ...books });
}

function rejection(reason: string, book: RelayBook): Response {
  const code = codeFor(reason);
  book.refuse(code);
  switch (code) {
    case 'unavailable':
      return refusalAnswer({ reason: code, message: 'the messages could not be handed on; try again' });
    case 'too-large':
      return refusalAnswer({ reason: code, message: 'the body is too large to be read; send smaller batches' });
    case 'bad-key':
      return refusalAnswer({ reason: code, message: 'the key is not known here' });
    default:
      return answer(code === 'bad-signature' ? 403 : 400, {
        error:
          code === 'bad-signature'
            ? `the body's signature does not hold: ${reason}`
            : `the body is no batch of messages: ${reason}`,
        code,
        accepted: 0,
        refused: [{ line: 1, error: reason }],
      });
  }
}

function codeFor(
  reason: string,
): Extract<RelayRefusal, 'unavailable' | 'too-large' | 'bad-key' | 'bad-signature' | 'nothing-valid'> {
  if (LATER_REASONS.has(reason)) return 'unavailable';
  if (reason === 'too-large') return 'too-large';
  if (reason === 'unknown-key') return 'bad-key';
  return SIGNATURE_REASONS.has(reason) ? 'bad-signature' : 'nothing-valid';
}
