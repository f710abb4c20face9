import type { ReceivedMessage } from '../received-message.ts';

/** Messages in order that wait to be taken, in the pieces that they came in. */
export interface Pieces {
  /** `byteLength` is what they are held to weigh. */
  add(messages: readonly ReceivedMessage[], byteLength: number): void;
  /** The next ones, at most so many; empty if there are none. */
  take(maxCount: number): readonly ReceivedMessage[];
  /** Forgets messages before the offset. */
  dropBefore(offset: number): void;
  /** Offset of the first message. */
  readonly first: number | undefined;
  readonly count: number;
  readonly byteLength: number;
}

interface Piece {
  messages: readonly ReceivedMessage[];
  readonly byteLength: number;
}

export function createPieces(): Pieces {
  const pieces: Piece[] = [];
  let byteLength = 0;

  function shift(): void {
    byteLength -= pieces.shift()?.byteLength ?? 0;
  }

  return {
    add(messages, bytes) {
      if (messages.length === 0) return;
      pieces.push({ messages, byteLength: bytes });
      byteLength += bytes;
    },
    take(maxCount) {
      const [head] = pieces;
      if (head === undefined) return [];
      if (pieces.length === 1 && head.messages.length <= maxCount) {
        shift();
        return head.messages; // as it came: no copy while the sink keeps up
      }
      const taken: ReceivedMessage[] = [];
      for (let piece = pieces[0]; piece !== undefined && taken.length < maxCount; piece = pieces[0]) {
        const room = maxCount - taken.length;
        for (const message of piece.messages.slice(0, room)) taken.push(message);
        if (piece.messages.length <= room) shift();
        else piece.messages = piece.messages.slice(room);
      }
      return taken;
    },
    dropBefore(offset) {
      for (let piece = pieces[0]; piece !== undefined; piece = pieces[0]) {
        const kept = piece.messages.filter((message) => message.offset >= offset);
        if (kept.length > 0) {
          piece.messages = kept;
          return;
        }
        shift();
      }
    },
    get first() {
      return pieces[0]?.messages[0]?.offset;
    },
    get count() {
      return pieces.reduce((sum, { messages }) => sum + messages.length, 0);
    },
    get byteLength() {
      return byteLength;
    },
  };
}
