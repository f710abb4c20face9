import { readFileSync } from 'node:fs';

/** Where the start time stands behind the closing parenthesis of the name, which is the second field: it is the 22nd. */
const START_FIELD = 22 - 3;

/**
 * When the process started, as text to compare with: a number given out anew has another. Undefined where no such process runs; '' where the
 * system does not tell (only Linux does here).
 */
export function processStart(pid: number): string | undefined {
  if (process.platform !== 'linux') return isRunning(pid) ? '' : undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold spaces and parentheses. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const isZombie = fields[0] === 'Z';
    return isZombie ? undefined : fields[START_FIELD];
  } catch {
    return undefined; // the folder goes with the process
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // it runs, as someone else
  }
}
