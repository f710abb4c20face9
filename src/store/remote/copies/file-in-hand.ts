/** Which file is being copied, and which are deleted before they were: no file is ever both, as its messages would count twice. */
export interface FileInHand {
  /** Whether this file may be copied. It then is in hand, in place of the one before. */
  take(path: string): boolean;
  /** Nothing is in hand any more. */
  letGo(): void;
  /** Whether this file may be deleted. It then can never be taken. */
  giveUp(path: string): boolean;
}

export function createFileInHand(): FileInHand {
  /** An hour's worth of messages each at least, so they do not become many. */
  const givenUp = new Set<string>();
  let inHand: string | undefined;

  return {
    take(path) {
      if (givenUp.has(path)) return false;
      inHand = path;
      return true;
    },
    letGo: () => void (inHand = undefined),
    giveUp(path) {
      if (path === inHand) return false;
      givenUp.add(path);
      return true;
    },
  };
}
