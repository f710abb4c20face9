import { describe, expect, it } from 'vitest';
import { plainFunctionName } from '../../src/core/function-name.ts';

describe('plainFunctionName', () => {
  it.each([
    [
      'order',
      ['order', 'Shop.order', 'Object.order', 'shop/order', 'Shop/this.order', 'exports.order', 'buy.order [as buy]'],
    ],
    ['Shop', ['Shop', 'new Shop', 'async new Shop']],
    ['total', ['total', 'get total', 'Cart.get total [as total]', 'Cart.set total', 'static total']],
    ['#secret', ['#secret', 'Cart.#secret']],
    ['[Symbol.iterator]', ['[Symbol.iterator]', 'Cart.[Symbol.iterator]']],
    ['onclick', ['onclick', 'HTMLButtonElement.onclick']],
    ['', ['', '<anonymous>', 'Object.<anonymous>', 'Cart.<anonymous>', 'order/<', 'order<', 'anonymous', '?', 'eval']],
    ['', ['global code', 'module code', 'eval code', '<instance_members_initializer>', '<static_initializer>']],
  ])('is %j in every engine', (plain, names) => {
    expect(names.map(plainFunctionName)).toEqual(names.map(() => plain));
  });
});
