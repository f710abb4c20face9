import { fileURLToPath } from 'node:url';

/** The path that a script's address names; the address itself where it names none. */
export function filePath(address: string): string {
  if (!address.startsWith('file:')) return address;
  try {
    return fileURLToPath(address);
  } catch {
    return address; // a file of another machine, or an address that is cut off
  }
}
