// A service of two routes: what it takes, who asked, and what goes wrong, without a line in any of them.
import fastify from 'fastify';
import { configure, incr } from 'metlog';
import { instrument } from 'metlog/fastify';
import { uncaught } from 'metlog/node/captures';

configure({ logger: 'fastify', capture: [uncaught()] }); // where to: METLOG_DEST
const app = instrument(fastify());

app.addHook('onRequest', function auth(request, reply, done) {
  setTimeout(done, 2);
});

app.get('/orders/:id', async (request) => {
  incr('order.seen'); // carries the request's id
  return { id: request.params.id };
});
app.get('/orders/:id/invoice', async (request) => {
  const order = { id: request.params.id, card: { cardNumber: '4111 1111 1111 1111' } };
  throw new Error(`no invoice for order ${order.id}`); // with `order` in its local variables, the card's number redacted
});

const address = await app.listen({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1' });
console.log(`service: ${address}/orders/1`);
