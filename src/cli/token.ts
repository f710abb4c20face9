import { isToken, TOKEN_WANTED } from '../report/token.ts';
import { UsageError, type CliContext } from './command.ts';

/** What opens a `metlog serve`, for the server itself and for the commands that ask it; undefined where there is none. Throws UsageError. */
export function readToken(env: CliContext['env']): string | undefined {
  const text = env['METLOG_TOKEN'];
  if (text === undefined || text === '') return undefined;
  if (isToken(text)) return text;
  // What came is not shown: it is a secret, or was meant to be one.
  throw new UsageError(`METLOG_TOKEN must be ${TOKEN_WANTED}`);
}
