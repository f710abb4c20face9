import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

const run = promisify(execFile);

describe("a page's build on a server", () => {
  it.each(['browser', 'slim'])('%s sends by fetch, and keeps nothing alive', async (entry) => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        bodies.push(body);
        response.writeHead(202).end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const script = `
      import { createMetlog } from ${JSON.stringify(resolve(`dist/${entry}.js`))};
      const metlog = createMetlog({ logger: 'ssr', dest: 'http://127.0.0.1:${port}/x', gpc: true, keep: true });
      metlog.incr('rendered');
      await metlog.flush();
      createMetlog({ logger: 'nowhere', onError: () => undefined }).incr('rendered');`;
    await run(process.execPath, ['--input-type=module', '-e', script]); // which ends
    expect(bodies.join()).toContain('"name":"rendered"');
  });
});
