import type { CliContext, Output } from './command.ts';

export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Select Graphic Rendition: what turns each on, and what turns it off. ECMA-48, section 8.3.117. */
const CODES: Readonly<Record<Colour, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** `text` in a colour, for a terminal. */
export function coloured(colour: Colour, text: string): string {
  const [on, off] = CODES[colour];
  return `\x1b[${on}m${text}\x1b[${off}m`;
}

/**
 * Whether what is written to `output` may hold colours: it may where that is a terminal that knows them. FORCE_COLOR asks for them in any case, NO_COLOR for
 * none (https://no-color.org); where both are set the first wins, as in Node itself.
 */
export function wantsColours(output: Output, env: CliContext['env']): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return output.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}
