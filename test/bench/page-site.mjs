import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:http';

/** A site with a page that has the SDK's script tag, `/shop`, and one that has not, `/bare`. */
export async function startSite(dist, dest) {
  const script = await readFile(`${dist}/metlog.global.js`);
  const html = (head) => `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${head}`;
  const files = {
    '/shop': ['text/html', html(`<script src="/metlog.js" data-logger="bench" data-dest="${dest}"></script>`)],
    '/bare': ['text/html', html('')],
    '/metlog.js': ['text/javascript', script],
  };
  const server = createServer((request, response) => {
    const [type, content] = files[new URL(request.url, 'http://site').pathname] ?? [];
    if (type === undefined) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(content);
  });
  return listening(server);
}

/** Answers the first `refused` posts with 503, without passing them on; afterwards it passes on everything. */
export async function startRefusing(target, refused) {
  let posts = 0;
  const server = createServer((request, response) => {
    const answer = async () => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const cors = {
        'access-control-allow-origin': request.headers.origin ?? '*',
        'access-control-allow-credentials': 'true',
      };
      posts += 1;
      if (posts <= refused) return response.writeHead(503, cors).end();
      const taken = await fetch(new URL(request.url, target), { method: request.method, body: Buffer.concat(chunks) });
      response.writeHead(taken.status, cors).end(await taken.text());
    };
    answer().catch(() => request.destroy()); // the page has gone
  });
  const started = await listening(server);
  return {
    ...started,
    get posts() {
      return posts;
    },
  };
}

async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
