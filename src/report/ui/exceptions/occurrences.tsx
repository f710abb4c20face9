import type { JSX } from 'preact';
import type { ExceptionAnswer } from '../../api/exception.ts';
import { count } from '../format.ts';
import { Time } from '../parts/time.tsx';
import { hrefTo } from '../place.ts';

interface Props {
  readonly fingerprint: string;
  readonly answer: ExceptionAnswer;
}

/** The latest exceptions of the group; the one that is shown is marked. */
export function Occurrences({ fingerprint, answer: { group, occurrences, exception } }: Props): JSX.Element {
  const more = (group?.count ?? 0) - occurrences.length;
  return (
    <section class="card wide">
      <h2>All of this group</h2>
      {occurrences.length === 0 ? (
        <p class="quiet">none in this range</p>
      ) : (
        <div class="scroll" tabIndex={0} role="group" aria-label="Exceptions of this group">
          <table class="occurrences">
            <thead>
              <tr>
                <th scope="col">when</th>
                <th scope="col">text</th>
                <th scope="col">logger</th>
                <th scope="col">release</th>
                <th scope="col">host</th>
                <th scope="col">request</th>
              </tr>
            </thead>
            <tbody>
              {occurrences.map((one) => {
                const isThis = one.sender === exception.sender && one.seq === exception.seq;
                const href = hrefTo(['exceptions', fingerprint, one.sender, String(one.seq)], { at: one.received });
                return (
                  <tr key={`${one.sender} ${one.seq}`} aria-current={isThis ? 'true' : undefined}>
                    <td>
                      <a href={href}>
                        <Time at={one.received} />
                      </a>
                    </td>
                    <td>
                      <span class="what said">{one.value}</span>
                    </td>
                    <td class="said">{one.logger}</td>
                    <td class="said">{one.release ?? ''}</td>
                    <td class="said">{one.hostname ?? ''}</td>
                    <td class="said">{one.requestId?.slice(0, 8) ?? ''}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      {more > 0 && <p class="quiet">and {count(more)} older ones in this range</p>}
    </section>
  );
}
