import type { JSX } from 'preact';
import type { Ledger, LedgerSink } from '../../ledger.ts';
import type { LossAnswer } from '../../api/loss.ts';
import { count, duration } from '../format.ts';
import { hrefWith } from '../place.ts';

const MAX_ROWS = 12;

/** Where every message is: what came, what is missing and of whom, what was refused, and how far each sink is. */
export function Books({
  ledger,
  loss,
}: {
  readonly ledger: Ledger;
  readonly loss: LossAnswer | undefined;
}): JSX.Element {
  return (
    <>
      <h2>Books</h2>
      {ledger.notes.length === 0 ? (
        <p class="quiet">Nothing is known to be lost, nothing was refused, and no sink is in trouble.</p>
      ) : (
        <ul class="notes">
          {ledger.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <div class="books">
        {loss !== undefined && <PathBook loss={loss} />}
        <InputBook ledger={ledger} />
      </div>
      <SinkTable sinks={ledger.sinks} />
    </>
  );
}

/** What senders numbered and what came, in the hours that the range touches. */
function PathBook({ loss }: { readonly loss: LossAnswer }): JSX.Element {
  const { received, missing, silentSenders, isLeast, loggers } = loss;
  const least = isLeast ? '≥ ' : '';
  return (
    <div>
      <h3>On the way, in the hours of this range</h3>
      <dl class="book-facts">
        <Fact name="sent" value={`${least}${count(received + missing)}`} />
        <Fact name="received" value={count(received)} />
        <Fact name="missing" value={missing === 0 ? '0' : `${least}${count(missing)}`} isBad={missing > 0} />
        <Fact name="senders that ended silently" value={count(silentSenders)} isBad={silentSenders > 0} />
      </dl>
      {loggers.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">of</th>
              <th scope="col" class="number">
                missing
              </th>
              <th scope="col" class="number">
                ended silently
              </th>
            </tr>
          </thead>
          <tbody>
            {loggers.slice(0, MAX_ROWS).map((one) => (
              <tr key={one.logger}>
                <td>
                  <a class="named" href={hrefWith({ logger: one.logger })}>
                    {one.logger}
                  </a>
                </td>
                <td class="number">
                  {one.missing > 0 && one.isLeast ? '≥ ' : ''}
                  {count(one.missing)}
                </td>
                <td class="number">{count(one.silentSenders)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {loggers.length > MAX_ROWS && <p class="quiet">and {count(loggers.length - MAX_ROWS)} more</p>}
    </div>
  );
}

/** What the router did with what came, since it started. */
function InputBook({ ledger }: { readonly ledger: Ledger }): JSX.Element {
  const { input, relay, socket, archive } = ledger;
  const refused = [
    ...Object.entries(input.refused).map(([reason, times]) => [`refused: ${reason}`, times] as const),
    ...Object.entries(relay.refused).map(([reason, times]) => [`HTTP refused: ${reason}`, times] as const),
  ].filter(([, times]) => times > 0);
  const more: readonly (readonly [string, number])[] = [
    ['datagrams dropped by the system', socket.droppedDatagrams ?? 0],
    ['not written to the journal', input.journalFailed],
    ['set aside as unreadable', archive.setAside],
    ['expired before they were archived', archive.expired],
    ['for no sink', ledger.unmatched],
  ];
  return (
    <div>
      <h3>In the router, since it started</h3>
      <dl class="book-facts">
        <Fact name="accepted" value={count(input.accepted)} />
        <Fact name="came twice" value={count(input.duplicates)} />
        <Fact name="waiting for the archive" value={count(archive.waiting)} />
        {archive.copy !== null && (
          <Fact name="archived, waiting for the store" value={count(archive.copy.waitingMessages)} />
        )}
        {[...refused, ...more.filter(([, times]) => times > 0)].map(([name, times]) => (
          <Fact key={name} name={name} value={count(times)} isBad={name !== 'for no sink'} />
        ))}
      </dl>
    </div>
  );
}

function Fact({
  name,
  value,
  isBad = false,
}: {
  readonly name: string;
  readonly value: string;
  readonly isBad?: boolean;
}): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={isBad ? 'bad' : ''}>{value}</dd>
    </div>
  );
}

/** How far each sink is, and what it did not take; since the router started. */
function SinkTable({ sinks }: { readonly sinks: Ledger['sinks'] }): JSX.Element | null {
  const entries = Object.entries(sinks);
  if (entries.length === 0) return null;
  return (
    <>
      <h3>Sinks, since the router started</h3>
      <div class="scroll" tabIndex={0} role="group" aria-label="Sinks">
        <table class="sinks">
          <thead>
            <tr>
              {['sink', 'state', 'lag', 'waiting', 'delivered', 'retries', 'dead letters', 'expired'].map(
                (name, index) => (
                  <th key={name} scope="col" class={index > 1 ? 'number' : ''}>
                    {name}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {entries.map(([name, sink]) => (
              <SinkRows key={name} name={name} sink={sink} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function SinkRows({ name, sink }: { readonly name: string; readonly sink: LedgerSink }): JSX.Element {
  const bad = (value: number): JSX.Element => <td class={value > 0 ? 'number bad' : 'number'}>{count(value)}</td>;
  return (
    <>
      <tr>
        <td class="named">{name}</td>
        <td class={stateClass(sink)}>{sink.state}</td>
        <td class={sink.lagMs > LATE_MS ? 'number bad' : 'number'}>
          {sink.waiting === 0 ? '–' : duration(sink.lagMs)}
        </td>
        <td class="number">{count(sink.waiting)}</td>
        <td class="number">{count(sink.delivered)}</td>
        <td class="number">{count(sink.failures)}</td>
        {bad(sink.deadLettered)}
        {bad(sink.expired)}
      </tr>
      {/* A row of its own: a phone has no room for it in a column. */}
      {sink.trouble !== null && (
        <tr class="why">
          <td colSpan={8}>
            <span class="trouble">{sink.trouble}</span>
          </td>
        </tr>
      )}
    </>
  );
}

/** As the rule of what needs attention has it. */
const LATE_MS = 60_000;

function stateClass({ state }: LedgerSink): string {
  if (state === 'open' || state === 'hung') return 'bad';
  return state === 'resting' ? 'warn' : 'good';
}
