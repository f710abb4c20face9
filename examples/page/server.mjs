// Serves the page. Its script comes from `metlog serve`, which has a port of its own here.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const page = await readFile('index.html', 'utf8');
const html = page.replaceAll('http://127.0.0.1:5566', process.env.METLOG_HTTP);

const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  console.log(`page: http://127.0.0.1:${server.address().port}`),
);
