import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { request as requestTls } from 'node:https';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Asks a server of a test. `fetch` cannot: it trusts no authority of ours, and takes the 100 Continue that a DataNode says unasked for a bad response. */
export async function ask(
  url: string,
  { method = 'GET', content = '', ca }: { readonly method?: string; readonly content?: string; readonly ca?: string | undefined } = {}, // prettier-ignore
): Promise<Answer> {
  const sent = url.startsWith('https:')
    ? requestTls(url, { method, ca, agent: false })
    : request(url, { method, agent: false });
  const [answer] = (await once(sent.end(content), 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, text: await text(answer) };
}
