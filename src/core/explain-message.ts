import { messageSchema } from './schema.ts';

/** What is wrong with a value that `isMessage` has refused, one sentence with the path. */
export function explainMessage(value: unknown): string {
  const issue = messageSchema.safeParse(value).error?.issues[0];
  return issue ? `${issue.path.join('.')}: ${issue.message}` : 'it is not a message';
}
