import type { JSX } from 'preact';
import type { LossAnswer } from '../../api/loss.ts';
import { hrefTo } from '../place.ts';
import { useWindowAnswer } from '../use-answer.ts';

const EVERY_MS = 30_000;

/** Says above a page what is known to be missing in its range. */
export function LossNote(): JSX.Element | null {
  const { answer } = useWindowAnswer<LossAnswer>('/api/loss', {}, { everyMs: EVERY_MS });
  return <LossText answer={answer} />;
}

/** The same for who has the answer already. Nothing is shown if nothing is missing. */
export function LossText({ answer }: { readonly answer: LossAnswer | undefined }): JSX.Element | null {
  if (answer === undefined || answer.text === null) return null;
  return (
    <p class="loss-note">
      <a href={hrefTo([], { part: 'books' })}>{answer.text}</a>
      {answer.hasOlder && ' (hours of more than two days ago are known only all together)'}
    </p>
  );
}
