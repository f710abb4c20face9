import { onTestFailed, onTestFinished } from 'vitest';
import { launchServer, type Server, type ServerCommand } from './launch.ts';

export type { Server } from './launch.ts';

/** Starts a server and waits until it is ready. It ends with the test, and what it said is shown if that fails. */
export async function startServer(command: ServerCommand): Promise<Server> {
  const { ready, ...server } = launchServer(command);
  onTestFinished(() => server.stop());
  onTestFailed(() => console.error(`--- ${command.name} said:\n${server.output()}`));
  await ready;
  return server;
}
