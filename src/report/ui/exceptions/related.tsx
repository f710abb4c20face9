import type { JSX } from 'preact';
import type { ShownException } from '../../api/exception.ts';
import type { RelatedAnswer } from '../../api/related.ts';
import { Answered } from '../parts/answered.tsx';
import { Time } from '../parts/time.tsx';
import { hrefTo } from '../place.ts';
import { useAnswer } from '../use-answer.ts';

/** What the messages page looks at around an exception, in milliseconds before and after. */
const AROUND_MS = 5 * 60_000;

/** The messages of the same request, or else of the same trace; nothing where the exception names neither. */
export function Related({ exception }: { readonly exception: ShownException }): JSX.Element | null {
  const { requestId, traceId } = exception;
  if (requestId !== null) return <Messages exception={exception} id="request_id" value={requestId} />;
  return traceId === null ? null : <Messages exception={exception} id="trace_id" value={traceId} />;
}

interface Props {
  readonly exception: ShownException;
  readonly id: 'request_id' | 'trace_id';
  readonly value: string;
}

function Messages({ exception, id, value }: Props): JSX.Element {
  const { received, sender, seq, traceId } = exception;
  const asked = useAnswer<RelatedAnswer>('/api/related', { key: id, value, at: received });
  return (
    <section class="card">
      <h2>{id === 'request_id' ? 'Of the same request' : 'Of the same trace'}</h2>
      <Answered asked={asked}>
        {({ messages, isCut }) => (
          <div class="moments" tabIndex={0} role="group" aria-label="Messages">
            <ol>
              {messages.map((message) => {
                const isThis = message.sender === sender && message.seq === seq;
                return (
                  <li key={`${message.sender} ${message.seq}`} aria-current={isThis ? 'true' : undefined}>
                    <Time at={message.timestamp} />
                    <span class="who said">{message.type}</span>
                    <a class="said moment-text" href={messageHref(message)}>
                      {[message.name, message.text.split('\n', 1)[0]].filter(Boolean).join(' ') || message.type}
                    </a>
                  </li>
                );
              })}
              {isCut && <li class="quiet">the nearest hundred</li>}
            </ol>
          </div>
        )}
      </Answered>
      <p class="links">
        <a href={allHref(received, id, value)}>All in the messages</a>
        {id !== 'trace_id' && traceId !== null && (
          <a href={allHref(received, 'trace_id', traceId)}>All of the same trace</a>
        )}
      </p>
    </section>
  );
}

const messageHref = ({ sender, seq, received }: RelatedAnswer['messages'][number]): string =>
  hrefTo(['messages', sender, String(seq)], { at: received });

/** A request may run through other loggers. */
function allHref(received: string, id: string, value: string): string {
  const at = Date.parse(received);
  const [from, to] = [at - AROUND_MS, at + AROUND_MS].map((ms) => new Date(ms).toISOString());
  return hrefTo(['messages'], {
    from: from ?? null,
    to: to ?? null,
    last: null,
    logger: null,
    metadata: `${id}=${value}`,
  });
}
