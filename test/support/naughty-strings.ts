import { createRequire } from 'node:module';
import * as z from 'zod/mini';

/** The Big List of Naughty Strings: reserved words, numbers, scripts of all kinds, emoji, marks, injections. https://github.com/minimaxir/big-list-of-naughty-strings */
export const NAUGHTY_STRINGS: readonly string[] = z
  .array(z.string())
  .parse(createRequire(import.meta.url)('big-list-of-naughty-strings'));

/** What a terminal would act on: ECMA-48 and what xterm, iTerm, kitty and tmux make of it. */
export const TERMINAL_STRINGS: readonly string[] = [
  '\x1b[2J\x1b[H', // clears the screen
  '\x1b[31mred\x1b[0m',
  '\x1b[8mhidden', // conceals
  '\x1b[1A\x1b[2K', // overwrites the line above
  '\x1b[5;5H', // moves the cursor
  '\x1b[?1049h\x1b[?25l', // the other screen, no cursor
  '\x1b[6n', // asks for an answer on stdin
  '\x1b]0;title\x07',
  '\x1b]52;c;cm0gLXJmIH4=\x07', // sets the clipboard
  '\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\',
  '\x1b]1337;File=inline=1:AAAA\x07',
  '\x1bP$q"p\x1b\\', // DECRQSS, answered
  '\x1b_Ga=d\x1b\\', // graphics
  '\x1bPtmux;\x1b\x1b]0;x\x07\x1b\\',
  '\x1bc', // full reset
  '\x1b(0lqqk', // line drawing
  '\x9b31mC1 colour',
  '\x9d0;C1 title\x9c',
  '\x90q#0;2;0;0;0\x9c', // sixel
  'overwritten\rvisible',
  'abc\b\b\bxyz',
  'bell\x07 form\f vertical\v tab\t null\0 delete\x7f next\x85line',
  'two\nlines\r\nthree',
  '\x0e\x0fshift',
  '\u2028line\u2029paragraph',
];

/** Marks that turn the direction of what follows, or show nothing: https://trojansource.codes, and tags as hidden text. */
export const INVISIBLE_STRINGS: readonly string[] = [
  ...Array.from('\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c', (mark) => `a${mark}gnp.exe`),
  'zero\u200bwidth\u200c\ufeff\u2060\u00ad',
  Array.from('hidden', (char) => String.fromCodePoint(0xe0000 + char.charCodeAt(0))).join(''),
  `z${'\u0335\u0301\u0489'.repeat(40)}algo`,
  '\u0301begins with a mark',
  'مرحبا 123 שלום',
]; // prettier-ignore

/** What runs where text is taken for HTML, an attribute, a URL, a script or a template. Each would set `pwned`. After OWASP's XSS filter evasion cheat sheet. */
export const XSS_STRINGS: readonly string[] = [
  '<script>globalThis.pwned=1</script>',
  '"><script>globalThis.pwned=1</script>',
  "'-(globalThis.pwned=1)-'",
  '<img src=x onerror=globalThis.pwned=1>',
  '<svg onload=globalThis.pwned=1>',
  '<svg><script>globalThis.pwned=1</script></svg>',
  '<svg><animate onbegin=globalThis.pwned=1 attributeName=x dur=1s>',
  '<details open ontoggle=globalThis.pwned=1>x</details>',
  '<input autofocus onfocus=globalThis.pwned=1>',
  '<body onload=globalThis.pwned=1>',
  '<video><source onerror=globalThis.pwned=1></video>',
  '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
  '<iframe src="javascript:parent.pwned=1"></iframe>',
  '<object data="javascript:globalThis.pwned=1"></object>',
  '<a href="javascript:globalThis.pwned=1">click</a>',
  'javascript:globalThis.pwned=1',
  'JaVaScRiPt:globalThis.pwned=1',
  'data:text/html,<script>globalThis.pwned=1</script>',
  '<math><mtext><table><mglyph><style><img src=x onerror=globalThis.pwned=1></style></mglyph></table></mtext></math>',
  '<noscript><p title="</noscript><img src=x onerror=globalThis.pwned=1>">',
  '<template><img src=x onerror=globalThis.pwned=1></template>',
  '<style>@import "data:text/css,*{display:none}"</style>',
  '<link rel=stylesheet href="data:text/css,*{display:none}">',
  '<base href="https://evil.example/">',
  '<meta http-equiv=refresh content="0;url=javascript:globalThis.pwned=1">',
  '<form action="javascript:globalThis.pwned=1"><button autofocus>x</button></form>',
  '</title></textarea></style></script><img src=x onerror=globalThis.pwned=1>',
  '" autofocus onfocus="globalThis.pwned=1',
  '\' style=\'position:fixed;inset:0\' onmouseover=\'globalThis.pwned=1',
  '`${globalThis.pwned=1}`',
  '{{constructor.constructor("globalThis.pwned=1")()}}',
  '<!--<img src="--><img src=x onerror=globalThis.pwned=1//">',
  '<![CDATA[<img src=x onerror=globalThis.pwned=1>]]>',
  '&lt;img src=x onerror=globalThis.pwned=1&gt;',
  '\u003cimg src=x onerror=globalThis.pwned=1\u003e',
  '+ADw-script+AD4-globalThis.pwned=1+ADw-/script+AD4-',
  '<scr\0ipt>globalThis.pwned=1</scr\0ipt>',
  '<plaintext>',
  '<marquee onstart=globalThis.pwned=1>',
  '<x onclick=globalThis.pwned=1 tabindex=0>click</x>',
]; // prettier-ignore

/** All of them. */
export const HOSTILE_STRINGS: readonly string[] = [
  ...NAUGHTY_STRINGS,
  ...TERMINAL_STRINGS,
  ...INVISIBLE_STRINGS,
  ...XSS_STRINGS,
];
