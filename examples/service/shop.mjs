// A small shop: an HTTP service that reports on its own work. Only what Metlog has to do with is worth reading twice.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { configure, defineMessage, incr, gauge, exception, info, warn, send, timer, addFlavor, close } from 'metlog';
import { instrument } from 'metlog/http';
import { runtime, uncaught } from 'metlog/node/captures';
import * as z from 'zod/mini';

const metlog = configure({ logger: 'shop', capture: [uncaught(), runtime()] }); // where to: METLOG_DEST, else udp://127.0.0.1:5565
addFlavor('payments', { team: 'payments', tier: 1 });
const payments = metlog.child({ logger: 'shop.payments' });

const orderPlaced = defineMessage(
  'order.placed',
  z.object({ total: z.number(), items: z.number(), country: z.string() }),
);

const PRODUCTS = [
  { id: 'tea', price: 4.5 },
  { id: 'mug', price: 12 },
  { id: 'kettle', price: 39.9 },
  { id: 'teapot', price: 28 },
];
/** By the name of the shopper. What it is called keeps it out of every report: what looks like a secret is redacted. */
const PASSWORDS = { ada: 'lovelace', alan: 'enigma', grace: 'cobol' };

class PaymentDeclined extends Error {
  name = 'PaymentDeclined';
}

/** A database that is mostly quick and now and then is not. Wrapped once; half of the calls are timed, which is enough to know. */
const loadProducts = timer('db.products', { rate: 0.5 }).wrap(async () => {
  await sleep(Math.random() < 0.05 ? 150 : 2 + Math.random() * 8);
  return PRODUCTS;
});

async function charge(total) {
  await sleep(20 + Math.random() * 60);
  if (Math.random() < 0.12) throw new PaymentDeclined(`card declined for ${total.toFixed(2)}`);
}

async function browse() {
  incr('page.products');
  return { status: 200, body: await loadProducts() };
}

async function logIn({ user, password }) {
  if (PASSWORDS[user] !== password) {
    incr('login.failed');
    warn(`failed login of ${user}`, { metadata: { user } });
    return { status: 401, body: { error: 'wrong name or password' } };
  }
  incr('login.ok');
  info(`${user} logged in`);
  return { status: 200, body: { user } };
}

async function order({ items = [], country = 'unknown' }) {
  const chosen = PRODUCTS.filter(({ id }) => items.includes(id));
  if (chosen.length === 0) return { status: 400, body: { error: 'an order needs items' } };
  const total = chosen.reduce((sum, { price }) => sum + price, 0);
  try {
    await payments.time('payment.charge', () => charge(total), { flavors: ['payments'] });
  } catch (error) {
    payments.exception(error, { flavors: ['payments'], metadata: { total } });
    return { status: 402, body: { error: error.message } };
  }
  send(orderPlaced, { total, items: chosen.length, country });
  return { status: 201, body: { total } };
}

const ROUTES = { 'GET /products': browse, 'POST /login': logIn, 'POST /orders': order };

async function answer(request) {
  const route = `${request.method} ${request.url}`;
  const handler = ROUTES[route];
  if (handler === undefined) {
    incr('page.not_found');
    return { status: 404, body: { error: `there is no ${route}` } };
  }
  let text = '';
  for await (const chunk of request) text += chunk;
  return handler(text === '' ? {} : JSON.parse(text));
}

/** Each request is timed by its route, and all that is said meanwhile has its id. */
const route = ({ method, url }) => (Object.hasOwn(ROUTES, `${method} ${url}`) ? url : undefined);

let open = 0;
const server = createServer(
  instrument(
    (request, response) => {
      gauge('http.open', ++open);
      answer(request)
        .catch((error) => {
          exception(error, { handled: false });
          return { status: 500, body: { error: 'something went wrong' } };
        })
        .then(({ status, body }) => {
          open--;
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
        });
    },
    { route },
  ),
);

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  info('the shop is open');
  console.log(`shop: http://127.0.0.1:${server.address().port}`);
});

process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  void close(); // sends what is still waiting
});
