import { onTestFailed } from 'vitest';
import { serve, type Serving } from '../../cli/run-cli.ts';

type Row = Readonly<Record<string, unknown>>;

/** What the store answers. Messages are in it a second or two after they arrived. */
export type Stored = (sql: string) => Promise<readonly Row[]>;

export interface Router extends Serving {
  readonly stored: Stored;
}

/** The built `metlog serve` on free ports, with these further arguments. It ends with the test. */
export async function startRouter(...args: readonly string[]): Promise<Router> {
  const serving = await serve({ args });
  onTestFailed(() => console.error(`--- metlog serve said:\n${serving.stderr()}`));
  return { ...serving, stored: createStored(serving.http) };
}

/** Asks the store of the router at this address. */
export function createStored(http: string): Stored {
  return async (sql) => {
    const response = await fetch(`${http}/api/query`, {
      method: 'POST',
      body: JSON.stringify({ sql }),
      headers: { 'content-type': 'application/json' },
    });
    const body = await response.text();
    if (!response.ok) throw new Error(`the store answered ${response.status}: ${body}`);
    return (JSON.parse(body) as { readonly rows: readonly Row[] }).rows;
  };
}
