import type { JSX } from 'preact';
import { go, hrefWith, place } from '../place.ts';
import { useWindowAnswer } from '../use-answer.ts';

/** Chooses the logger that all pages look at; its own name stays on the list even if it said nothing in this range. */
export function LoggerFilter(): JSX.Element {
  const chosen = place.value.parameters.get('logger') ?? '';
  const { answer } = useWindowAnswer<{ readonly loggers: readonly { readonly logger: string }[] }>(
    '/api/loggers',
    { logger: null },
    { everyMs: 60_000 },
  );
  const names = new Set((answer?.loggers ?? []).map(({ logger }) => logger));
  if (chosen !== '') names.add(chosen);
  return (
    <select
      aria-label="Logger"
      value={chosen}
      onChange={(event) => go(hrefWith({ logger: event.currentTarget.value || null }))}
    >
      <option value="">all loggers</option>
      {[...names].sort().map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
