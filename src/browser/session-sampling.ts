/** Where a tab remembers whether it is recorded. */
const SESSION_KEY = 'metlog:recorded';

/** Whether this session, a tab until it is closed, is among the fraction that is recorded: all of its pages are, or none. */
export function isSessionSampled(rate: number): boolean {
  if (rate === 1) return true;
  const drawn = String(Math.random() < rate);
  try {
    const known = sessionStorage.getItem(SESSION_KEY);
    if (known === null) sessionStorage.setItem(SESSION_KEY, drawn);
    return (known ?? drawn) === 'true';
  } catch {
    return drawn === 'true'; // without a storage each page is a session
  }
}

/** Forgets what was drawn. */
export function forgetSession(): void {
  try {
    sessionStorage.removeItem(SESSION_KEY);
  } catch {
    return; // there is no storage to forget it from
  }
}
