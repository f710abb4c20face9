import { PAGES } from './pages.ts';
import { go, hrefTo } from './place.ts';

/** `g` and a digit go to a page, `/` to the page's first search field, Escape leaves a field with what stands in it. Returns what stops it. */
export function startKeyboard(): () => void {
  let isAfterG = false;
  const listener = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // The target is the host, of a field in a shadow tree such as the editor.
    const target = event.composedPath()[0];
    if (target instanceof HTMLElement && isField(target)) {
      // The editor ends its completion with Escape.
      if (event.key !== 'Escape' || target.isContentEditable) return;
      event.preventDefault(); // Chromium would empty a search field, and the list that it narrows would change under the next keys
      target.blur();
      return;
    }
    const page = isAfterG ? PAGES[Number(event.key) - 1] : undefined;
    isAfterG = event.key === 'g';
    if (page !== undefined) go(hrefTo(page.id === '' ? [] : [page.id]));
    else if (event.key === '/') {
      const field = document.querySelector('main input[type=search]');
      if (!(field instanceof HTMLElement)) return;
      event.preventDefault();
      field.focus();
    }
  };
  document.addEventListener('keydown', listener);
  return () => document.removeEventListener('keydown', listener);
}

const isField = (element: HTMLElement): boolean =>
  element.isContentEditable || ['INPUT', 'SELECT', 'TEXTAREA'].includes(element.tagName);
