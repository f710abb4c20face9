import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Where this process has its number, as text to compare with: each container counts its processes anew, and so does each machine. Undefined where
 * the system does not tell.
 */
export function processPlace(): string | undefined {
  if (process.platform !== 'linux') return hostname();
  try {
    // A /proc of another namespace tells of other processes. https://man7.org/linux/man-pages/man7/pid_namespaces.7.html
    if (readlinkSync('/proc/self') !== String(process.pid)) return undefined;
    // The namespace's number is given out anew, to one that begins after all processes of the former have ended.
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined; // no /proc, or one without them
  }
}
