import type { ReceivedMessage } from '../received-message.ts';

/**
 * Finds the message that makes a back end fail, by trying messages alone. A back end that is down fails for all of them; so a message is at
 * fault only if it fails right after another one has gone through, and that more than once.
 */
export interface Sift {
  /**
   * The message to try next: the first of those at hand, or after a failure another one to compare it with. Undefined, if `canGrow`, when
   * every one has been tried: more are wanted.
   */
  next(atHand: readonly ReceivedMessage[], canGrow: boolean): ReceivedMessage | undefined;
  /** The back end took it, or refused it by name: it is up. */
  settled(message: ReceivedMessage): void;
  /** The back end failed for it; true if it is now known that this message is at fault. */
  failed(message: ReceivedMessage): boolean;
  /** The back end asked to wait: that says nothing of any message. */
  putOff(): void;
  /** A message that had failed has gone through: it was the back end, and there is nothing to be found. */
  readonly isOver: boolean;
}

/** Failures right after another's success that convict a message, when it is the only one that fails. */
const MIN_STRIKES = 2;
/** Each other message that fails raises the doubt in the back end, and the proof that is wanted, up to this. */
const MAX_STRIKES = 5;

/** Begins to sift, from the first message at hand. */
export function createSift(): Sift {
  /** How often each message that failed did so right after another one's success. */
  const strikes = new Map<ReceivedMessage, number>();
  const tried = new Set<ReceivedMessage>(); // in this round
  let isBackEndUp = false; // as the last attempt showed
  let isFirstsTurn = true;
  let isOver = false;
  /** Offset of the farthest that was tried; what is compared with lies beyond. */
  let reach = -1;
  /** Doubled each time that a comparison fails too: messages at fault often stand together. */
  let stride = 1;
  let isComparing = false;

  function choose(atHand: readonly ReceivedMessage[], canGrow: boolean): ReceivedMessage | undefined {
    if (isFirstsTurn) return atHand[0];
    const beyond = atHand.filter(({ offset }) => offset > reach);
    if (beyond.length > 0) return beyond[Math.min(stride, beyond.length) - 1];
    if (canGrow) return undefined;
    const skipped = atHand.find((message) => !tried.has(message));
    if (skipped !== undefined) return skipped;
    // All fail, or this one is alone: another round, from the start.
    tried.clear();
    reach = -1;
    stride = 1;
    return atHand[0];
  }

  return {
    next(atHand, canGrow) {
      const chosen = choose(atHand, canGrow);
      if (chosen === undefined) return undefined;
      tried.add(chosen);
      reach = Math.max(reach, chosen.offset);
      isComparing = chosen !== atHand[0];
      return chosen;
    },
    settled(message) {
      if (strikes.has(message)) isOver = true;
      isBackEndUp = true;
      isFirstsTurn = true;
      stride = 1;
    },
    failed(message) {
      const count = (strikes.get(message) ?? 0) + (isBackEndUp ? 1 : 0);
      strikes.set(message, count);
      isBackEndUp = false;
      if (isComparing) stride *= 2;
      const others = strikes.size - 1;
      const isAtFault = count >= Math.min(MIN_STRIKES + others, MAX_STRIKES);
      isFirstsTurn = isAtFault;
      if (isAtFault) strikes.delete(message);
      return isAtFault;
    },
    putOff() {
      isBackEndUp = false;
      isFirstsTurn = true;
    },
    get isOver() {
      return isOver;
    },
  };
}
