import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { MessageAnswer } from '../../api/message.ts';
import { Answered } from '../parts/answered.tsx';
import { Time } from '../parts/time.tsx';
import { hrefTo, place } from '../place.ts';
import { useAnswer } from '../use-answer.ts';
import { filterParameters, readFilter, severityName } from './filter.ts';
import { LongText } from './long-text.tsx';
import { MetadataTable } from './metadata-table.tsx';
import { visibleText } from './visible-text.ts';

interface Props {
  readonly sender: string;
  readonly seq: string;
}

/** The archive has a message a second or two after it was seen live. */
const ARCHIVED_WITHIN_MS = 20_000;
const RETRY_MS = 1_000;
/** Before and after a message, to see what happened around it. */
const AROUND_MS = 30_000;

/** One message whole. */
export function MessageView({ sender, seq }: Props): JSX.Element {
  const at = place.value.parameters.get('at') ?? '';
  const [isKnown, setKnown] = useState(false);
  const isYoung = Date.now() - Date.parse(at) < ARCHIVED_WITHIN_MS;
  const path = `/api/messages/${encodeURIComponent(sender)}/${encodeURIComponent(seq)}`;
  const asked = useAnswer<MessageAnswer>(path, { at }, isYoung && !isKnown ? { everyMs: RETRY_MS } : {});
  if (asked.answer !== undefined && !isKnown) setKnown(true);
  const isMissing = asked.answer === undefined && asked.error === 'there is no such thing';
  return (
    <div class="message">
      <p class="way-back">
        <a href={hrefTo(['messages'], filterParameters(readFilter(place.value)))}>All messages</a>
      </p>
      {isMissing ? (
        <p class="quiet" role="status">
          {isYoung
            ? 'Not in the archive yet; asking again …'
            : 'The archive has no such message. It may have been deleted with its day.'}
        </p>
      ) : (
        <Answered asked={asked}>{(answer) => <Whole answer={answer} />}</Answered>
      )}
    </div>
  );
}

function Whole({ answer }: { readonly answer: MessageAnswer }): JSX.Element {
  const { message, previous, next } = answer;
  const { received, timestamp, type, logger, severity, hostname, pid, sender, seq, name, value, rate, payload } =
    message;
  const word = severityName(severity);
  const receivedMs = Date.parse(received);
  const around = hrefTo(['messages'], {
    last: null,
    from: new Date(receivedMs - AROUND_MS).toISOString(),
    to: new Date(receivedMs + AROUND_MS).toISOString(),
  });
  const json = asJson(payload);
  return (
    <>
      <section class={`card severity-${word}`}>
        <div class="message-head">
          <h1>{visibleText(type)}</h1>
          <span class="severity">{word}</span>
        </div>
        <dl class="fields">
          <Field label="Logger">
            <a href={hrefTo(['messages'], { logger })}>{visibleText(logger)}</a>
          </Field>
          {name !== null && <Field label="Name">{visibleText(name)}</Field>}
          {value !== null && <Field label="Value">{String(value)}</Field>}
          {rate !== null && rate !== 1 && <Field label="Sampled at">{String(rate)}</Field>}
          {timestamp !== null && (
            <Field label="Happened">
              <Time at={timestamp} /> <span class="quiet">{timestamp}</span>
            </Field>
          )}
          <Field label="Received">
            <Time at={received} /> <span class="quiet">{received}</span>
          </Field>
          {hostname !== null && <Field label="Host">{visibleText(hostname)}</Field>}
          {pid !== null && <Field label="Process">{String(pid)}</Field>}
          {sender !== null && (
            <Field label="Sender">
              {sender} <span class="quiet">no. {String(seq)}</span>
            </Field>
          )}
        </dl>
        <p class="ways">
          <a href={around}>What happened around it</a>
          {previous !== null && <a href={hrefOf(previous)}>Previous of this sender</a>}
          {next !== null && <a href={hrefOf(next)}>Next of this sender</a>}
          {message.group !== null && sender !== null && (
            <a href={hrefTo(['exceptions', message.group, sender, String(seq)], { at: received })}>As an exception</a>
          )}
          {name !== null && ['counter', 'timer', 'gauge'].includes(type) && (
            <a href={hrefTo(['metrics'], { name: `${type}:${name}` })}>Its graph</a>
          )}
        </p>
      </section>
      {payload !== '' && (
        <section class="card">
          <h2>Payload</h2>
          <LongText label="Payload" text={json ?? payload} />
          {json !== null && <p class="quiet">Indented; the raw JSON has it as it was sent.</p>}
        </section>
      )}
      <MetadataTable metadata={message.metadata} />
      <Raw answer={answer} />
    </>
  );
}

const hrefOf = ({ sender, seq, received }: NonNullable<MessageAnswer['next']>): string =>
  hrefTo(['messages', sender, String(seq)], { at: received });

function Field({ label, children }: { readonly label: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Raw({ answer }: { readonly answer: MessageAnswer }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const [told, setTold] = useState('');
  const { type, timestamp, received, logger, severity, hostname, pid, sender, seq, payload, metadata } = answer.message;
  const text = (): string =>
    JSON.stringify(
      { type, timestamp, received, logger, severity, hostname, pid, sender, seq, payload, metadata },
      null,
      2,
    );
  const copy = (): void => {
    // There only where the page came by HTTPS or from this machine.
    if (!('clipboard' in navigator)) {
      setOpen(true);
      setTold('The browser lets this page not copy; select the text below.');
      return;
    }
    navigator.clipboard.writeText(text()).then(
      () => setTold('Copied.'),
      () => setTold('The browser did not allow it.'),
    );
  };
  return (
    <section class="card">
      <div class="list-head">
        <h2>JSON</h2>
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Hide' : 'Show'}
        </button>
        <button type="button" onClick={copy}>
          Copy
        </button>
        <span class="quiet" role="status">
          {told}
        </span>
      </div>
      {isOpen && <LongText label="The message as JSON" text={text()} />}
    </section>
  );
}

/** Indented, if the text is a list or an object in JSON; null if not. */
function asJson(text: string): string | null {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
}
