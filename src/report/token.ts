import { createHash, timingSafeEqual } from 'node:crypto';

/** Fewer could be guessed in spite of all that slows guesses down. */
const LEAST_CHARACTERS = 16;
/** More than anybody needs, and few enough for any header. */
const MOST_CHARACTERS = 512;

/** What a token must be, for the error that says so. */
export const TOKEN_WANTED = `${LEAST_CHARACTERS} to ${MOST_CHARACTERS} letters, digits and signs of ASCII without a space, such as \`openssl rand -hex 32\` prints`;

/** Whether `text` can be a token: a header carries it as it is, and a person can enter it. */
export const isToken = (text: string): boolean =>
  text.length >= LEAST_CHARACTERS && text.length <= MOST_CHARACTERS && /^[\x21-\x7e]+$/.test(text);

/** Says of what is given whether it is `token`, in a time that tells nothing of either. */
export function tokenCheck(token: string): (given: string) => boolean {
  const wanted = sha256(token);
  return (given) => timingSafeEqual(sha256(given), wanted);
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** What a program sends in its Authorization header, if it sends a token. */
export const bearerToken = (request: Request): string | undefined =>
  /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
