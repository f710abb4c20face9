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
  /** A place, or null when there is none, or none more for this client. Clients that are not known share all of them. */
  enter(client: string | undefined): Place | null;
}

/** Of the places, what one client may have: with slow bodies it could hold all of them within its rate. */
const CLIENT_SHARE = 1 / 4;

export function createRoom(limits: () => RoomLimits): Room {
  let bodyCount = 0;
  let heldBytes = 0;
  /** Bodies under way of each client that has any. */
  const counts = new Map<string, number>();

  function count(client: string | undefined, change: 1 | -1): void {
    bodyCount += change;
    if (client === undefined) return;
    const own = (counts.get(client) ?? 0) + change;
    if (own === 0) counts.delete(client);
    else counts.set(client, own);
  }

  return {
    enter(client) {
      const { maxBodies } = limits();
      if (bodyCount >= maxBodies) return null;
      if (client !== undefined && (counts.get(client) ?? 0) >= Math.ceil(maxBodies * CLIENT_SHARE)) return null;
      count(client, 1);
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
          count(client, -1);
          heldBytes -= ownBytes;
        },
      };
    },
  };
}
