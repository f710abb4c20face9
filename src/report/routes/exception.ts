import { exceptionGroups } from '../../store/exceptions/exception-groups.ts';
import {
  latestOccurrences,
  latestOf,
  neighbours,
  neighboursIn,
  wholeException,
} from '../../store/exceptions/exception-occurrences.ts';
import { apiRoute } from '../api-route.ts';
import { exceptionAnswer, exceptionInput } from '../api/exception.ts';
import { toWindow, windowProblem } from '../api/time-window.ts';
import { showException } from '../exceptions/show-exception.ts';

export const exceptionRoute = apiRoute({
  path: '/api/exceptions/:fingerprint',
  about: 'One group of exceptions, and one of them whole: the newest, or the one that is named.',
  input: exceptionInput,
  output: exceptionAnswer,
  problem: (input) => {
    if ((input.sender === undefined) !== (input.seq === undefined)) return 'sender and seq are given together';
    return windowProblem(input);
  },
  answer: async (input, { store }) => {
    const { fingerprint, sender, seq, at } = input;
    const window = toWindow(input);
    const [{ groups }, occurrences] = await Promise.all([
      exceptionGroups(store, window, { search: '', sort: 'last', fingerprint }),
      latestOccurrences(store, window, fingerprint),
    ]);
    const asked =
      sender !== undefined && seq !== undefined
        ? { sender, seq: Number(seq), received: at === undefined ? null : new Date(at).toISOString() }
        : // A link may be followed when its range has passed; the traceback is what is wanted.
          (occurrences[0] ?? (await latestOf(store, fingerprint)));
    const exception = asked === null ? null : await wholeException(store, fingerprint, asked);
    if (exception === null) return null;
    const beside = neighboursIn(occurrences, exception) ?? (await neighbours(store, window, fingerprint, exception));
    return { group: groups[0] ?? null, occurrences, exception: showException(exception), ...beside };
  },
});
