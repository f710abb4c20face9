import type { JSX } from 'preact';
import type { LossAnswer } from '../../api/loss.ts';
import { hrefTo } from '../place.ts';
import { useWindowAnswer } from '../use-answer.ts';

const EVERY_MS = 30_000;

/** Says above every page what is known to be missing in its range. Nothing is shown if that is nothing. */
export function LossNote(): JSX.Element | null {
  const { answer } = useWindowAnswer<LossAnswer>('/api/loss', {}, { everyMs: EVERY_MS });
  if (answer === undefined || answer.text === null) return null;
  return (
    <p class="loss-note">
      <a href={hrefTo([], { part: 'books' })}>{answer.text}</a>
      {answer.hasOlder && ' (hours of more than two days ago are known only all together)'}
    </p>
  );
}
