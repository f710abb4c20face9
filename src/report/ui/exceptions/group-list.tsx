import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { ExceptionGroupAnswer, ExceptionsAnswer } from '../../api/exceptions.ts';
import { count } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { Time } from '../parts/time.tsx';
import { go, hrefTo, hrefWith, place } from '../place.ts';
import { useWindowAnswer } from '../use-answer.ts';
import { culpritText, titleOf } from './words.ts';

const ORDERS = { last: 'last seen', count: 'most frequent', first: 'newest group' } as const;
/** A reader types faster than the server should be asked. */
const TYPING_MS = 250;

/** All groups of the range, each a link to its traceback. */
export function GroupList(): JSX.Element {
  const { parameters } = place.value;
  const sort = parameters.get('sort');
  const search = parameters.get('search');
  const asked = useWindowAnswer<ExceptionsAnswer>('/api/exceptions', { sort, search });
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => moveByKeys(() => list.current), []);
  return (
    <>
      <h1>Exceptions</h1>
      <form class="group-filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <SearchField value={search ?? ''} />
        <select
          aria-label="Order"
          value={sort ?? 'last'}
          onChange={(event) => go(hrefWith({ sort: event.currentTarget.value }))}
        >
          {Object.entries(ORDERS).map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </form>
      <Answered asked={asked}>
        {({ groups, groupCount, count: total }) => (
          <section class="card">
            <p class="quiet" role="status">
              {groupCount === 0
                ? search === null
                  ? 'No exceptions in this range.'
                  : 'None in this range matches.'
                : `${count(total)} exceptions in ${count(groupCount)} ${groupCount === 1 ? 'group' : 'groups'}`}
            </p>
            <ol class="groups" ref={list}>
              {groups.map((group) => (
                <Group key={group.fingerprint} group={group} />
              ))}
            </ol>
            {groupCount > groups.length && (
              <p class="quiet">
                and {count(groupCount - groups.length)} more groups; search, or look at a shorter range
              </p>
            )}
          </section>
        )}
      </Answered>
    </>
  );
}

function Group({ group }: { readonly group: ExceptionGroupAnswer }): JSX.Element {
  const culprit = culpritText(group.culprit);
  return (
    <li>
      <div class="group-what">
        <a class="group-link said" href={hrefTo(['exceptions', group.fingerprint])}>
          {titleOf(group.errorType)}
        </a>
        {group.isNew && <span class="badge badge-new">new</span>}
        {group.handled === false && <span class="badge badge-bad">unhandled</span>}
        <span class="group-value said">{group.value}</span>
        <span class="who said">{[culprit, ...group.loggers, ...group.releases].filter(Boolean).join(' · ')}</span>
      </div>
      <Sparkline values={group.series} label={`${count(group.count)} in this range`} />
      <span class="value">{count(group.count)}</span>
      <span class="group-when">
        <Time at={group.lastSeen} />
        <span class="who">
          first <Time at={group.firstSeen} />
        </span>
      </span>
    </li>
  );
}

function SearchField({ value }: { readonly value: string }): JSX.Element {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // With the field, and not once the next page has been painted: it would be that one's search.
  useLayoutEffect(() => () => clearTimeout(timer.current), []);
  return (
    <input
      type="search"
      aria-label="Search exceptions"
      placeholder="type, text, function or file"
      maxLength={200}
      defaultValue={value}
      onInput={(event) => {
        const { value: text } = event.currentTarget;
        clearTimeout(timer.current);
        timer.current = setTimeout(
          () => go(hrefWith({ search: text === '' ? null : text }), { replace: true }),
          TYPING_MS,
        );
      }}
    />
  );
}

/** `j` and `k` go through the links of a list. Returns what stops it. */
function moveByKeys(listOf: () => HTMLElement | null): () => void {
  const listener = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !['j', 'k'].includes(event.key)) return;
    if (event.target instanceof Element && event.target.closest('input, select, textarea') !== null) return;
    const links = [...(listOf()?.querySelectorAll('a') ?? [])];
    const at = links.findIndex((link) => link === document.activeElement);
    links[event.key === 'j' ? at + 1 : Math.max(at - 1, 0)]?.focus();
  };
  document.addEventListener('keydown', listener);
  return () => document.removeEventListener('keydown', listener);
}
