import type * as z from 'zod/mini';
import type { Clock } from '../core/platform.ts';
import { QueryError } from '../store/query-error.ts';
import type { Store } from '../store/query.ts';
import { withSignal } from '../store/with-signal.ts';
import { answer, failure } from './answers.ts';
import { explainInput, readQuery } from './read-query.ts';
import { queryFailure } from './query-failure.ts';
import type { RelayPort } from './relay-port.ts';
import type { RouterPort } from './router-port.ts';

/** What an answer is made from. */
export interface ApiPorts {
  readonly store: Store;
  readonly router: RouterPort;
  readonly relay: Pick<RelayPort, 'stats'>;
  readonly clock: Clock;
}

/** One path of the API that is asked by GET. */
export interface ApiRoute {
  /** As Hono writes it, e.g. `/api/exceptions/:fingerprint`. */
  readonly path: string;
  /** One sentence, for the API's description. */
  readonly about: string;
  readonly input: z.ZodMiniType;
  readonly output: z.ZodMiniType;
  /** Checks what was asked for, and answers. Rejects with what is no fault of who asked. */
  respond(request: Request, pathParameters: Readonly<Record<string, string>>, ports: ApiPorts): Promise<Response>;
}

/** What a path takes, what it answers, and how. */
export interface ApiRouteSpec<Input, Output> {
  readonly path: string;
  readonly about: string;
  /** What the query string and the path's parameters must be; a parameter that stands more than once is a list. */
  readonly input: z.ZodMiniType<Input>;
  readonly output: z.ZodMiniType<Output>;
  /** Why an input that has the right shape cannot be answered; undefined if it can. */
  problem?(input: NoInfer<Input>): string | undefined;
  /** Rejects with QueryError if the archive cannot tell. Null: there is no such thing. */
  answer(input: NoInfer<Input>, ports: ApiPorts): Promise<NoInfer<Output> | null>;
}

export function apiRoute<Input, Output>(spec: ApiRouteSpec<Input, Output>): ApiRoute {
  const { path, about, input, output } = spec;
  return {
    path,
    about,
    input,
    output,
    async respond(request, pathParameters, ports) {
      const parsed = input.safeParse({ ...readQuery(new URL(request.url).searchParams), ...pathParameters });
      if (!parsed.success) return failure(400, 'bad-request', explainInput(parsed.error));
      const problem = spec.problem?.(parsed.data);
      if (problem !== undefined) return failure(400, 'bad-request', problem);
      try {
        // Who closes the connection wants no answer any more.
        const store = withSignal(ports.store, request.signal);
        const found = await spec.answer(parsed.data, { ...ports, store });
        return found === null ? failure(404, 'not-found', 'there is no such thing') : answer(200, found);
      } catch (error) {
        if (error instanceof QueryError) return queryFailure(error);
        throw error;
      }
    },
  };
}
