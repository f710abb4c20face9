import { describe, expect, it } from 'vitest';
import { isBlockedPort } from '../../src/cli/blocked-ports.ts';
import { CommandError } from '../../src/cli/command.ts';
import { requestServer } from '../../src/cli/server-api.ts';

const BLOCKED = Array.from({ length: 65_536 }, (_, port) => port).filter(isBlockedPort);

describe('blocked ports', () => {
  it('are ports that fetch refuses before it asks anybody', async () => {
    expect(BLOCKED).toHaveLength(82);
    for (const port of BLOCKED) {
      const error = await fetch(`http://127.0.0.1:${port}`).catch((failure: unknown) => failure);
      expect(error).toMatchObject({ cause: { message: 'bad port' } });
    }
  });

  it('leave those of the web and of Metlog', () => {
    for (const port of [0, 80, 443, 5565, 5566, 8080]) expect(isBlockedPort(port)).toBe(false);
  });

  it('are named by a command that would ask one', async () => {
    await expect(requestServer(new URL('http://127.0.0.1:6566'), '/api/ledger', {})).rejects.toThrow(
      new CommandError('fetch refuses port 6566; start `metlog serve` with another --http-port'),
    );
  });
});
