// A shop whose page sends to its own origin: the relay is a route of its server.
import express from 'express';
import { configure, incr } from 'metlog';
import { createRelay, toNodeHandler } from 'metlog/relay';

configure({ logger: 'express-server' }); // where to: METLOG_DEST
const relay = createRelay({ dest: process.env.METLOG_DEST });

const app = express();
app.all('/messages', toNodeHandler(relay));
app.get('/metlog.js', (request, response) =>
  response.sendFile('metlog.global.js', { root: 'node_modules/metlog/dist' }),
);
app.get('/', (request, response) => {
  incr('page.served');
  response.sendFile('index.html', { root: '.' });
});

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  console.log(`shop: http://127.0.0.1:${server.address().port}`),
);
