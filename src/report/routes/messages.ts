import { listMessages, type ListedMessage } from '../../store/messages/list-messages.ts';
import { formatPlace } from '../../store/messages/message-place.ts';
import { apiRoute } from '../api-route.ts';
import { DIGEST_MARK, NO_SENDER } from '../api/message.ts';
import {
  conditionsOf,
  messagesAnswer,
  messagesInput,
  patternsOf,
  typesProblem,
  type ListedMessageAnswer,
} from '../api/messages.ts';
import { toWindow, windowProblem } from '../api/time-window.ts';

export const messagesRoute = apiRoute({
  path: '/api/messages',
  about: 'Messages of a window, the newest first, by type, severity, metadata and text.',
  input: messagesInput,
  output: messagesAnswer,
  problem: (input) =>
    windowProblem(input) ?? typesProblem(patternsOf(input.type)) ?? conditionsOf(input.metadata).problem,
  async answer(input, { store }) {
    const { type, severity, metadata, text = '', limit, before = null } = input;
    const filter = { types: patternsOf(type), severity, metadata: conditionsOf(metadata).conditions, text };
    const { messages, last } = await listMessages(store, toWindow(input), { filter, limit, before });
    return { messages: messages.map(withId), next: last === null ? null : formatPlace(last) };
  },
});

function withId({ place, ...message }: ListedMessage): ListedMessageAnswer {
  const { sender, seq } = message;
  return { id: sender === null ? `${NO_SENDER}/${DIGEST_MARK}${place.digest}` : `${sender}/${seq ?? 0}`, ...message };
}
