// Visitors of the shop at the address given: they make real requests, a few a second.
import { setTimeout as sleep } from 'node:timers/promises';

const [shop] = process.argv.slice(2);
const pick = (list) => list[Math.floor(Math.random() * list.length)];

const post = (path, body) =>
  fetch(shop + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

const order = () =>
  post('/orders', {
    items: ['tea', ...['mug', 'kettle', 'teapot'].filter(() => Math.random() < 0.5)],
    country: pick(['nz', 'pt', 'ca']),
  });

const actions = [
  () => fetch(`${shop}/products`),
  () => fetch(`${shop}/products`),
  () => fetch(`${shop}/products`),
  () => post('/login', { user: pick(['ada', 'alan', 'grace']), password: pick(['lovelace', 'enigma', 'cobol']) }),
  order,
  () => post('/orders', 'one teapot, please'), // not what the shop understands
  () => fetch(`${shop}/favicon.ico`),
];
const weights = [4, 4, 4, 3, 4, 0.3, 0.5];

function next() {
  let at = Math.random() * weights.reduce((sum, weight) => sum + weight, 0);
  return actions.find((_, index) => (at -= weights[index]) < 0) ?? actions[0];
}

process.once('SIGTERM', () => process.exit(0));
for (let visit = order; ; visit = next()) {
  visit()
    .then((response) => response.arrayBuffer())
    .catch((error) => console.error(`visitor: ${error.message}`));
  await sleep(80 + Math.random() * 250);
}
