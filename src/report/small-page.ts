import { createHash } from 'node:crypto';

/** The look of the dashboard, as far as a form needs it: these pages are shown to those who may have nothing else of it. */
const STYLE = `
:root { color-scheme: light dark; --ground: #f5f6f8; --card: #fff; --line: #e2e5ea; --text: #1b1f27; --soft: #626b7a; --accent: #2f6fde; --bad: #c62b2b; font: 15px/1.45 system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { :root { --ground: #101318; --card: #191d24; --line: #2a303a; --text: #e6e9ee; --soft: #98a2b3; --accent: #6b9df5; --bad: #ff7b72; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 16px; background: var(--ground); color: var(--text); }
main { width: min(100%, 400px); background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 20px 22px; }
h1 { margin: 0 0 12px; font-size: 22px; letter-spacing: -0.02em; }
p { margin: 12px 0 0; color: var(--soft); }
p[role='alert'] { margin: 0 0 12px; color: var(--bad); }
code { overflow-wrap: anywhere; }
a { color: var(--accent); }
label { display: block; margin-bottom: 4px; font-weight: 600; }
input, button { width: 100%; font: inherit; padding: 8px 10px; border-radius: 6px; border: 1px solid var(--soft); background: transparent; color: inherit; }
button { margin-top: 12px; cursor: pointer; border-color: var(--accent); background: var(--accent); color: var(--card); font-weight: 600; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`;

/** Nothing runs in these pages, their forms go to this server alone, and nobody can frame them. */
const contentSecurityPolicy = (): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

export interface SmallPageOptions {
  readonly status: number;
  readonly title: string;
  /** HTML, of our own text alone. */
  readonly body: string;
  /** HTML for the head. @default none */
  readonly head?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A page that is whole in itself and works without scripts. */
export function smallPage({ status, title, body, head = '', headers = {} }: SmallPageOptions): Response {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
${head}</head>
<body><main>
<h1>Metlog</h1>
${body}
</main></body>
</html>
`;
  return new Response(html, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': contentSecurityPolicy(),
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      // With `no-referrer` a browser says `Origin: null` of a form, and nothing would tell ours from a stranger's.
      'referrer-policy': 'same-origin',
      ...headers,
    },
  });
}
