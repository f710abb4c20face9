import type { ComponentChildren, JSX } from 'preact';
import type { Asked } from '../use-answer.ts';

interface Props<Answer> {
  readonly asked: Asked<Answer>;
  readonly children: (answer: Answer) => ComponentChildren;
}

/** Shows an answer once there is one, and above it why a newer one could not be had. The answer to another range is dim, if the one to this takes long. */
export function Answered<Answer>({ asked, children }: Props<Answer>): JSX.Element {
  const { answer, error, isLoading, isBefore } = asked;
  return (
    <div class={isBefore ? 'answered is-before' : 'answered'} aria-busy={isLoading}>
      {error !== undefined && (
        <p class="failure" role="alert">
          {error}
        </p>
      )}
      {answer === undefined ? error === undefined && <p class="quiet">loading …</p> : children(answer)}
    </div>
  );
}
