import { SIGNATURE_LINE_BYTES } from './sign.ts';

const NEWLINE = 0x0a;
const HASH = 0x23;

/** Where the last line of a body begins, if it has the form of a signature; -1 if not. Its newline may be missing. */
export function findSignature(bytes: Uint8Array): number {
  const end = bytes[bytes.length - 1] === NEWLINE ? bytes.length - 1 : bytes.length;
  const at = end - (SIGNATURE_LINE_BYTES - 1);
  return bytes[at] === HASH && bytes[at - 1] === NEWLINE ? at : -1;
}
