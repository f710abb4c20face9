const COLUMNS = 20;

/** `[#####---------------] 25 %`, of a share from 0 to 1. */
export function progressBar(share: number): string {
  const done = Math.floor(Math.min(1, Math.max(0, share)) * COLUMNS);
  return `[${'#'.repeat(done)}${'-'.repeat(COLUMNS - done)}] ${Math.floor(share * 100)} %`;
}
