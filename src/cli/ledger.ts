import { isRecord } from '../core/json.ts';
import type { Ledger } from '../report/ledger.ts';
import { wantsColours } from './colours.ts';
import { CommandError, type Command } from './command.ts';
import { ledgerText } from './ledger-text.ts';
import { toOneOf, toServerUrl } from './option-values.ts';
import { requestServer } from './server-api.ts';
import { DEFAULT_SERVER_URL } from './tail.ts';
import { safeJson } from './terminal-text.ts';

const FORMATS = ['table', 'json'] as const;

export const ledgerCommand: Command = {
  name: 'ledger',
  positionals: [],
  options: {
    url: { value: 'URL', about: `the \`metlog serve\` to ask (default ${DEFAULT_SERVER_URL})` },
    format: { value: 'FORMAT', about: `${FORMATS.join(', ')} (default table)` },
  },
  examples: ['metlog ledger', 'metlog ledger --format json --url http://127.0.0.1:5566'],

  async run(line, { stdout, env }) {
    const url = toServerUrl({ from: '--url', text: line.value('url') ?? DEFAULT_SERVER_URL });
    const format = toOneOf({ from: '--format', text: line.value('format') ?? 'table' }, FORMATS);
    const response = await requestServer(url, '/api/ledger', env);
    const ledger = ledgerOf(await response.text(), url);
    const isTerminal = stdout.isTTY === true;
    stdout.write(
      format === 'json'
        ? `${safeJson(JSON.stringify(ledger, null, 2))}\n`
        : ledgerText(ledger, url.origin, {
            columns: isTerminal ? stdout.columns : undefined,
            isColoured: wantsColours(stdout, env),
          }),
    );
    return 0;
  },
};

function ledgerOf(text: string, url: URL): Ledger {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined; // told below
  }
  if (!isRecord(body) || !Array.isArray(body['notes']) || !isRecord(body['path'])) {
    throw new CommandError(`${url.origin} did not answer with books; is it a \`metlog serve\`?`);
  }
  // The server is the one that the user named; what has this outside has the shape that this same package gives it.
  return body as unknown as Ledger;
}
