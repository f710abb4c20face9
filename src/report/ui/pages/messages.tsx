import type { JSX } from 'preact';
import { BackInTime } from '../messages/back-in-time.tsx';
import { FilterBar } from '../messages/filter-bar.tsx';
import { readFilter } from '../messages/filter.ts';
import { Live } from '../messages/live.tsx';
import { MessageView } from '../messages/message-view.tsx';
import { hrefWith, place } from '../place.ts';
import { range } from '../time-range.ts';

/** Messages as they arrive and back in time, or one of them whole. */
export function MessagesPage({ rest }: { readonly rest: readonly string[] }): JSX.Element {
  const [sender, seq] = rest;
  return sender !== undefined && seq !== undefined ? (
    <MessageView key={rest.join('/')} sender={sender} seq={seq} />
  ) : (
    <List />
  );
}

function List(): JSX.Element {
  const { parameters } = place.value;
  const filter = readFilter(place.value);
  const logger = parameters.get('logger');
  const canBeLive = range.value.kind === 'last';
  const isLive = canBeLive && parameters.get('mode') !== 'back';
  const key = JSON.stringify([filter, logger, range.value]);
  return (
    <div class="messages">
      <h1 class="visually-hidden">Messages</h1>
      <div class="card controls">
        <FilterBar filter={filter} />
        <div class="modes" role="group" aria-label="Which messages">
          {canBeLive && (
            <a href={hrefWith({ mode: null })} aria-current={isLive ? 'true' : undefined}>
              Live
            </a>
          )}
          <a href={hrefWith({ mode: 'back' })} aria-current={isLive ? undefined : 'true'}>
            Back in time
          </a>
        </div>
      </div>
      {isLive ? (
        <Live key={key} filter={filter} logger={logger} />
      ) : (
        <BackInTime key={key} filter={filter} logger={logger} />
      )}
    </div>
  );
}
