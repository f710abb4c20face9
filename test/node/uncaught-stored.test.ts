import { expect, it } from 'vitest';
import { serve } from '../cli/run-cli.ts';
import { runScript } from './run-script.ts';

const SERVICE = `
import { createMetlog } from 'NODE';
import { uncaught } from 'CAPTURES';

createMetlog({ logger: 'shop', capture: [uncaught()] });

class Cart {
  items = ['apple'];
  charge(card, amount) {
    const fee = amount / 10;
    throw new RangeError('declined');
  }
}

setTimeout(function checkout() {
  const order = { id: 4711, card: { number: 5, password: ['open', 'sesame'].join(' ') } };
  new Cart().charge(order.card, 12.5);
}, 1);
`;

it('brings what nobody caught into the store of a router, with its source and its variables', async () => {
  const { udp, http } = await serve({});
  expect(await runScript({ 'main.mjs': SERVICE }, { METLOG_DEST: udp })).toMatchObject({ code: 1 });
  const sql = 'select payload, error_type, fingerprint, metadata from exceptions';
  const ask = async () => {
    const response = await fetch(`${http}/api/query`, {
      method: 'POST',
      body: JSON.stringify({ sql }),
      headers: { 'content-type': 'application/json' },
    });
    return ((await response.json()) as { rows: Record<string, unknown>[] }).rows;
  };
  await expect.poll(ask).toHaveLength(1);
  const [row] = await ask();
  expect(row).toMatchObject({ error_type: 'RangeError' });
  const { exception } = row!['metadata'] as { exception: { frames: object[] } };
  expect(exception).toMatchObject({ type: 'RangeError', value: 'declined', handled: false });
  expect(exception.frames.at(-1)).toMatchObject({
    function: 'Cart.charge',
    lineno: 11,
    in_app: true,
    pre_context: [
      '',
      'class Cart {',
      "  items = ['apple'];",
      '  charge(card, amount) {',
      '    const fee = amount / 10;',
    ],
    context_line: "    throw new RangeError('declined');",
    post_context: [
      '  }',
      '}',
      '',
      'setTimeout(function checkout() {',
      expect.stringContaining('const order') as string,
    ],
    vars: {
      this: { '[class]': 'Cart', items: ['apple'] },
      card: { number: 5, password: '[redacted]' },
      amount: 12.5,
      fee: 1.25,
    },
  });
  expect(exception.frames.at(-2)).toMatchObject({ vars: { order: { id: 4711, card: { number: 5 } } } });
  const payload = String(row!['payload']);
  expect(payload).toContain(
    '\n        card = {"number":5,"password":"[redacted]"}\n        amount = 12.5\n        fee = 1.25\n',
  );
  expect(payload).not.toContain('open sesame');
});
