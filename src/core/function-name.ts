/** What engines write where a function has no name, or is none. */
const NAMELESS = /^(?:<.*|\?|anonymous|eval|(?:global|module|eval) code)$/;

/**
 * The name of a function without what one engine says beside it and another does not: V8's `Shop.order [as buy]` and `new Shop`, Firefox's `shop/this.order`
 * and `order/<`, Safari's `global code`. Empty for one that has none.
 */
export function plainFunctionName(name: string): string {
  const alias = name.indexOf(' [as ');
  const whole = alias === -1 ? name : name.slice(0, alias);
  const last = whole.endsWith(']') // Shop.[Symbol.iterator]
    ? whole.slice(Math.max(whole.lastIndexOf('['), 0))
    : whole.slice(Math.max(whole.lastIndexOf('.'), whole.lastIndexOf('/')) + 1);
  const plain = last.replace(/^(?:(?:async|new|get|set|static) )+/, '');
  return NAMELESS.test(plain) || plain.endsWith('<') ? '' : plain;
}
