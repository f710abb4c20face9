import type { CoreClient } from '../core/client.ts';
import type { Cancel } from '../core/platform.ts';

const open = new Set<CoreClient>();

/** Has `client` ship what waits when the process or worker ends by itself or by `process.exit`. One listener serves all clients. The result undoes it. */
export function shipAtExit(client: CoreClient): Cancel {
  if (open.size === 0) process.on('exit', shipAll);
  open.add(client);
  return () => {
    open.delete(client);
    if (open.size === 0) process.off('exit', shipAll);
  };
}

function shipAll(): void {
  for (const client of open) client.shipAtExit();
}
