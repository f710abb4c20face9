// Runs Spotlight's server as a library: node spotlight-main.mjs <port>. Its command line would report to its makers and listen at every address.
import { Server } from 'node:net';

const listen = Server.prototype.listen;
Server.prototype.listen = function (where, ...rest) {
  const options = typeof where === 'number' ? { port: where } : where;
  const callbacks = rest.filter((argument) => typeof argument === 'function');
  return listen.call(this, { ...options, host: '127.0.0.1' }, ...callbacks);
};

const { setupSpotlight } = await import('@spotlightjs/spotlight');
const quiet = () => undefined;
const logger = { info: quiet, debug: quiet, warn: console.error, error: console.error };
await setupSpotlight({ port: Number(process.argv[2]), isStandalone: true, logger });
