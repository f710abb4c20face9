import type { JSX } from 'preact';
import type { AttentionAnswer, AttentionItem } from '../../api/attention.ts';
import { count } from '../format.ts';
import { hrefTo } from '../place.ts';

const HOUR_MS = 3_600_000;
/** RFC 5424's error; what is worse has a smaller number. */
export const ERROR_SEVERITY = '3';
const LAST_HOUR = { last: '1h', from: null, to: null } as const;

/** What needs attention, each a link to what explains it; or that nothing does, and what was looked at. */
export function AttentionList({ answer: { items, leftOut } }: { readonly answer: AttentionAnswer }): JSX.Element {
  if (items.length === 0) {
    return (
      <p class="calm">
        <strong>Nothing needs attention.</strong> No exception is new in the last hour, no logger has three times the
        errors of yesterday or is silent, no sink is a minute behind, nothing keeps the archive from its store, and no
        logger lost more than 0.1 % in a day.
      </p>
    );
  }
  return (
    <>
      <ul class="attention">
        {items.map((item, index) => (
          <li key={index} class={`attention-${item.rule}`}>
            <span class="attention-rule">{RULES[item.rule]}</span>
            <a href={hrefOf(item)}>{item.text}</a>
            {item.rule === 'more-errors' && (
              <a class="attention-more" href={hrefTo(['exceptions'], spanOf(item))}>
                its exceptions
              </a>
            )}
          </li>
        ))}
      </ul>
      {leftOut > 0 && <p class="quiet">and {count(leftOut)} more</p>}
    </>
  );
}

const RULES: Readonly<Record<AttentionItem['rule'], string>> = {
  'new-exception': 'new exception',
  'more-errors': 'more errors',
  'silent-logger': 'silent',
  'sink-lag': 'late sink',
  'archive-copy': 'archive',
  loss: 'loss',
};

/** Where an item is explained. */
function hrefOf(item: AttentionItem): string {
  switch (item.rule) {
    case 'new-exception':
      return hrefTo(['exceptions', item.fingerprint], LAST_HOUR);
    case 'more-errors':
      return hrefTo(['messages'], { ...spanOf(item), severity: ERROR_SEVERITY });
    case 'silent-logger': {
      // The last that it said, and what came before.
      const lastMs = Date.parse(item.lastReceived);
      const from = new Date(lastMs - HOUR_MS).toISOString();
      return hrefTo(['messages'], {
        last: null,
        from,
        to: new Date(lastMs + 1_000).toISOString(),
        logger: item.logger,
      });
    }
    case 'sink-lag':
    case 'archive-copy':
      return hrefTo([], { part: 'books' });
    case 'loss':
      return hrefTo([], { last: '24h', from: null, to: null, logger: item.logger, part: 'books' });
  }
}

/** The hour that was counted, of the logger if it is one. */
const spanOf = ({
  from,
  to,
  logger,
}: Extract<AttentionItem, { readonly rule: 'more-errors' }>): Record<string, string | null> => ({
  last: null,
  from,
  to,
  ...(logger === null ? {} : { logger }),
});
