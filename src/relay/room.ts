/** What bodies under way may take together. */
export interface RoomLimits {
  readonly maxBodies: number;
  readonly maxBytes: number;
}

/** The place of one body. */
export interface Place {
  /** Takes so many bytes more; false when there is no room for them. */
  hold(byteLength: number): boolean;
  /** Gives back all. Idempotent. */
  leave(): void;
}

/** Room for bodies under way, so that many of them at once do not fill the memory. */
export interface Room {
  /** A place, or null when there is none. */
  enter(): Place | null;
}

export function createRoom(limits: () => RoomLimits): Room {
  let bodyCount = 0;
  let heldBytes = 0;
  return {
    enter() {
      if (bodyCount >= limits().maxBodies) return null;
      bodyCount++;
      let ownBytes = 0;
      let isIn = true;
      return {
        hold(byteLength) {
          if (heldBytes + byteLength > limits().maxBytes) return false;
          heldBytes += byteLength;
          ownBytes += byteLength;
          return true;
        },
        leave() {
          if (!isIn) return;
          isIn = false;
          bodyCount--;
          heldBytes -= ownBytes;
        },
      };
    },
  };
}
