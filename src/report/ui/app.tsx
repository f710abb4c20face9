import type { JSX } from 'preact';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import { isSignedIn } from './ask.ts';
import { startKeyboard } from './keyboard.ts';
import { PAGES } from './pages.ts';
import { LoggerFilter } from './parts/logger-filter.tsx';
import { LossNote } from './parts/loss-note.tsx';
import { RangePicker } from './parts/range-picker.tsx';
import { hrefTo, place } from './place.ts';

/** The frame of every page: its navigation, and the range and logger that all of them look at. */
export function App(): JSX.Element {
  const [id = '', ...rest] = place.value.path;
  const page = PAGES.find((one) => one.id === id);
  useLayoutEffect(startKeyboard, []); // who sees the page can press its keys
  useEffect(() => {
    document.title = page === undefined || page.id === '' ? 'Metlog' : `${page.title} · Metlog`;
  }, [page]);
  return (
    <>
      <a class="skip" href="#main" onClick={toMain}>
        Skip to the content
      </a>
      <header class="frame">
        <a class="brand" href={hrefTo([])}>
          Metlog
        </a>
        <nav aria-label="Pages">
          {PAGES.map((one) => (
            <a
              key={one.id}
              href={hrefTo(one.id === '' ? [] : [one.id])}
              aria-current={one === page ? 'page' : undefined}
            >
              {one.title}
            </a>
          ))}
        </nav>
        <div class="frame-filters">
          <LoggerFilter />
          <RangePicker />
          {isSignedIn.value && (
            <a class="sign-out" href="/logout">
              Sign out
            </a>
          )}
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {id !== '' && <LossNote />}
        {page === undefined ? <p class="quiet">There is no such page.</p> : <page.view key={id} rest={rest} />}
      </main>
    </>
  );
}

/** The fragment of the address is the place, so that the link cannot be left to the browser. */
function toMain(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
