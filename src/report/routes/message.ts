import { findMessage, type MessageIdentity } from '../../store/messages/find-message.ts';
import { apiRoute } from '../api-route.ts';
import { DIGEST_MARK, messageAnswer, messageInput, NO_SENDER } from '../api/message.ts';

export const messageRoute = apiRoute({
  path: '/api/messages/:sender/:seq',
  about: 'One message whole, and its neighbours of the same sender.',
  input: messageInput,
  output: messageAnswer,
  problem: ({ sender, seq }) =>
    (sender === NO_SENDER) === seq.startsWith(DIGEST_MARK) ? undefined : 'a message without a sender has no number',
  answer: ({ sender, seq, at }, { store }) => findMessage(store, identityOf(sender, seq), at),
});

const identityOf = (sender: string, seq: string): MessageIdentity =>
  sender === NO_SENDER
    ? { kind: 'digest', digest: seq.slice(DIGEST_MARK.length) }
    : { kind: 'numbered', sender, seq: Number(seq) };
