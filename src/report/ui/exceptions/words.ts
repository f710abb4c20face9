import type { ExceptionGroupAnswer } from '../../api/exceptions.ts';

/** What a group is called. */
export const titleOf = (errorType: string | null): string => errorType ?? 'Exception';

/** `handler in cart.ts`: the last step of a path is what is recognised. */
export function culpritText(culprit: ExceptionGroupAnswer['culprit']): string {
  if (culprit === null) return '';
  const file = culprit.filename === null ? '' : lastStep(culprit.filename);
  return [culprit.function, file].filter(Boolean).join(' in ');
}

const lastStep = (path: string): string =>
  path
    .replace(/[?#].*$/, '')
    .split(/[\\/]/)
    .filter(Boolean)
    .at(-1) ?? path;
