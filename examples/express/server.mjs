// A service of three routes: what it takes, who asked, and what goes wrong, without a line in any of them.
import express from 'express';
import { configure, incr } from 'metlog';
import { instrument } from 'metlog/express';
import { uncaught } from 'metlog/node/captures';

configure({ logger: 'express', capture: [uncaught()] }); // where to: METLOG_DEST
const app = instrument(express());

app.use(function auth(request, response, next) {
  setTimeout(next, 2);
});

const orders = express.Router();
orders.get('/:id', (request, response) => {
  incr('order.seen'); // carries the request's id
  response.json({ id: request.params.id });
});
orders.get('/:id/invoice', (request) => {
  const order = { id: request.params.id, card: { cardNumber: '4111 1111 1111 1111' } };
  throw new Error(`no invoice for order ${order.id}`); // with `order` in its local variables, the card's number redacted
});
app.use('/orders', orders);

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  console.log(`service: http://127.0.0.1:${server.address().port}/orders/1`),
);
