import { isRecord } from '../core/json.ts';
import { CommandError, UsageError, type Command } from './command.ts';
import { toServerUrl } from './option-values.ts';
import { requestServer } from './server-api.ts';
import { DEFAULT_SERVER_URL } from './tail.ts';
import { safeText } from './terminal-text.ts';

export const replayCommand: Command = {
  name: 'replay',
  positionals: [{ name: 'SINK', wanted: 'the name of a sink in the configuration, e.g. statsd' }],
  options: {
    url: { value: 'URL', about: `the \`metlog serve\` that has the sink (default ${DEFAULT_SERVER_URL})` },
  },
  examples: ['metlog replay statsd'],

  async run(line, { stdout, env }) {
    const url = toServerUrl({ from: '--url', text: line.value('url') ?? DEFAULT_SERVER_URL });
    const sink = line.positionals[0] ?? '';
    if (sink === '') throw new UsageError('SINK is empty, wanted: the name of a sink in the configuration');
    const response = await requestServer(url, '/api/replay', env, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sink }),
    });
    const body: unknown = await response.json();
    const { text, isDone } = response.status === 202 ? UNDER_WAY : tell(body, url);
    stdout.write(`${safeText(`${sink}: ${text}`)}\n`);
    return isDone ? 0 : 1;
  },
};

interface Told {
  readonly text: string;
  /** No letter was left as it was because the back end failed, and not all were refused again. */
  readonly isDone: boolean;
}

const UNDER_WAY: Told = {
  text: 'the replay is still under way, and goes on by itself; `metlog ledger` shows how many dead letters are left',
  isDone: true,
};

function tell(body: unknown, url: URL): Told {
  const { delivered, refused, remaining, trouble } = isRecord(body) ? body : {};
  if (typeof delivered !== 'number' || typeof refused !== 'number' || typeof remaining !== 'number')
    throw new CommandError(`${url.origin} did not say what became of the dead letters; is it a \`metlog serve\`?`);
  if (delivered + refused + remaining === 0 && trouble === undefined)
    return { text: 'there are no dead letters', isDone: true };
  const parts = [`${delivered} delivered`];
  if (refused > 0) parts.push(`${refused} refused again`);
  if (remaining > 0) parts.push(`${remaining} left${typeof trouble === 'string' ? `: ${trouble}` : ''}`);
  return { text: parts.join(', '), isDone: remaining === 0 && (delivered > 0 || refused === 0) };
}
