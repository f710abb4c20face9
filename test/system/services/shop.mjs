// A service that fails: node shop.mjs <dest>. An order cannot be paid for, as the connection to the bank was refused.
import { createMetlog } from '../../../dist/node.js';
import { breadcrumbs, uncaught } from '../../../dist/node-captures.js';

const metlog = createMetlog({
  logger: 'shop.payments',
  dest: process.argv[2],
  release: 'shop@1.4.2',
  environment: 'staging',
  metadata: { region: 'eu', tier: 1 },
  capture: [uncaught(), breadcrumbs()],
});

function connectToBank(account) {
  const token = ['s3', 'cret'].join('');
  metlog.incr('bank.connect');
  throw new RangeError(`no route to the bank of ${account}`);
}

function payOrder(order) {
  try {
    connectToBank(order.account);
  } catch (cause) {
    throw new TypeError(`order ${order.id} cannot be paid`, { cause });
  }
}

try {
  payOrder({ id: 4711, account: 'DE02' });
} catch (error) {
  metlog.exception(error, { metadata: { orderId: 4711 } });
}
await metlog.close();
