import type { RelayBook } from './books.ts';

/** What the server knows of a request. */
export interface RequestInfo {
  /** Address of the socket's other end. */
  readonly address?: string | undefined;
}

/** What a report needs of a relay. */
export interface RelayPort {
  /** Answers what is sent to `/v1/messages`. */
  fetch(request: Request, info: RequestInfo): Promise<Response>;
  /** Refuses what the server turns away before, and counts it. */
  refuse(reason: 'wrong-path' | 'wrong-host', message: string): Response;
  stats(): RelayBook;
}
