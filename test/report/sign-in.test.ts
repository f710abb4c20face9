import { describe, expect, it, onTestFinished } from 'vitest';
import { bearer, cookieOf, HERE, signedReport, TOKEN } from './signed-report.ts';

const HOUR_MS = 3_600_000;
const OWN_FORM = { origin: HERE, 'sec-fetch-site': 'same-origin' };
const LINK = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

const place = (response: Response): [number, string | null] => [response.status, response.headers.get('location')];

describe('/login', () => {
  it('is a form that works without scripts, and goes nowhere but to this server', async () => {
    const { ask } = signedReport();
    const response = await ask('/login', { headers: { 'sec-fetch-site': 'none' } });
    const html = await response.text();
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
    );
    expect(html).toContain('<form method="post">');
    expect(html).toMatch(/<input type="password" id="token" name="token" [^>]*required/);
    expect(html).not.toMatch(/<script| on\w+=| style=|https?:/);
    // Without it a browser would say `Origin: null` of the form, which is what strangers are.
    expect(response.headers.get('referrer-policy')).toBe('same-origin');
  });

  it('gives who enters the token a cookie for twelve hours, which no script and no other site can use', async () => {
    const { enter } = signedReport();
    const response = await enter(TOKEN, { headers: OWN_FORM });
    expect(place(response)).toEqual([303, '/']);
    expect(response.headers.get('set-cookie')).toMatch(
      /^metlog_session=[\w.-]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
    );
  });

  it('keeps the cookie to https where the browser speaks it', async () => {
    const { enter } = signedReport();
    const response = await enter(TOKEN, { headers: { 'x-forwarded-proto': 'https' } });
    expect(response.headers.get('set-cookie')).toContain('; Secure');
  });

  it('tells the token to nobody', async () => {
    const { ask, enter, signIn } = signedReport();
    const cookie = await signIn();
    const responses = [
      await enter(TOKEN),
      await enter(`${TOKEN}!`),
      await ask('/login', { headers: { cookie } }),
      await ask('/logout', { headers: { cookie } }),
      await ask('/api/views', { headers: { cookie } }),
      await ask('/metrics', { headers: { cookie } }),
      await ask('/api/views', { headers: bearer(`${TOKEN}!`) }),
    ];
    for (const response of responses) {
      const said = JSON.stringify([...response.headers]) + (await response.text());
      expect(said).not.toContain(TOKEN);
    }
  });

  it.each(['', 'wrong', `${TOKEN}x`])('says on the form that %j is not the token', async (token) => {
    const { enter } = signedReport();
    const response = await enter(token, { headers: OWN_FORM });
    expect([response.status, response.headers.get('set-cookie')]).toEqual([401, null]);
    expect(await response.text()).toContain('That is not the token.');
  });

  it('overlooks spaces around the token, as copying brings them', async () => {
    const { enter } = signedReport();
    expect(place(await enter(` ${TOKEN}\r\n`))).toEqual([303, '/']);
  });

  it.each([
    [413, { body: `token=${'x'.repeat(5_000)}` }],
    [415, { headers: { 'content-type': 'text/plain' } }],
    [415, { headers: { 'content-type': 'multipart/form-data; boundary=x' } }],
  ])('answers %i to a form of %j', async (status, asking) => {
    const { enter } = signedReport();
    expect((await enter(TOKEN, asking)).status).toBe(status);
  });

  it('takes GET and POST', async () => {
    const { ask } = signedReport();
    const response = await ask('/login', { method: 'PUT' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
    expect((await ask('/logout', { method: 'DELETE' })).status).toBe(405);
  });

  it('sends on who has signed in already', async () => {
    const { ask, signIn } = signedReport();
    const cookie = await signIn();
    expect(place(await ask('/login', { headers: { cookie } }))).toEqual([303, '/']);
  });

  it('asks once more by itself who came by a link of another site, to which the cookie does not go', async () => {
    const { ask, signIn } = signedReport();
    const cookie = await signIn();
    const first = await ask('/login', { headers: LINK });
    expect(await first.text()).toContain('<meta http-equiv="refresh" content="0; url=/login?again">');
    expect(place(await ask('/login?again', { headers: { cookie, 'sec-fetch-site': 'same-origin' } }))).toEqual([
      303,
      '/',
    ]);
    const stranger = await ask('/login?again', { headers: LINK }); // whatever a browser says: not a third time
    expect(await stranger.text()).toContain('<form');
  });
});

describe('a session', () => {
  it.each(['/', '/api/views', '/api/ledger', '/api/tail', '/metrics', '/readyz'])('opens %s', async (path) => {
    const { ask, signIn } = signedReport();
    const cookie = `theme=dark; ${await signIn()}; other=1`;
    const response = await ask(path, { headers: { cookie, 'sec-fetch-site': 'same-origin' } });
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  it('lets queries be asked', async () => {
    const { ask, signIn } = signedReport();
    const headers = { ...OWN_FORM, cookie: await signIn(), 'content-type': 'application/json' };
    expect((await ask('/api/query', { method: 'POST', headers, body: '{"sql":"select 1"}' })).status).toBe(200);
  });

  it('ends after twelve hours, whatever the browser keeps', async () => {
    const { ask, signIn, clock } = signedReport();
    const cookie = await signIn();
    clock.advance(12 * HOUR_MS - 1);
    expect((await ask('/api/views', { headers: { cookie } })).status).toBe(200);
    clock.advance(1);
    expect((await ask('/api/views', { headers: { cookie } })).status).toBe(401);
  });

  it('outlasts a restart with the same token, and ends with another one', async () => {
    const cookie = await signedReport().signIn();
    expect((await signedReport().ask('/api/views', { headers: { cookie } })).status).toBe(200);
    const renewed = signedReport({ token: `${TOKEN}2` });
    expect((await renewed.ask('/api/views', { headers: { cookie } })).status).toBe(401);
  });

  it('is not there for a cookie that was changed or made up', async () => {
    const { ask, signIn } = signedReport();
    const cookie = await signIn();
    const [, id = '', ends = '', mac = ''] = /=([\w-]+)\.(\d+)\.([\w-]+)$/.exec(cookie) ?? [];
    const flipped = mac.startsWith('A') ? `B${mac.slice(1)}` : `A${mac.slice(1)}`;
    const made = [
      `${id}.${Number(ends) + 1}.${mac}`,
      `${id.slice(1)}A.${ends}.${mac}`,
      `${id}.${ends}.${flipped}`,
      `${id}.${ends}.`,
      `${id}.${ends}`,
      `${id}.${ends}.${mac}.${mac}`,
      '..',
      '',
    ];
    for (const value of made) {
      expect((await ask('/api/views', { headers: { cookie: `metlog_session=${value}` } })).status).toBe(401);
    }
    expect((await ask('/api/views', { headers: { cookie } })).status).toBe(200);
  });
});

describe('/logout', () => {
  it('ends the session, also for a copy of its cookie, and no other', async () => {
    const { ask, signIn } = signedReport();
    const [mine, other] = [await signIn(), await signIn()];
    const response = await ask('/logout', { method: 'POST', headers: { ...OWN_FORM, cookie: mine } });
    expect(place(response)).toEqual([303, '/login']);
    expect(response.headers.get('set-cookie')).toBe('metlog_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict');
    expect((await ask('/api/views', { headers: { cookie: mine } })).status).toBe(401);
    expect((await ask('/api/views', { headers: { cookie: other } })).status).toBe(200);
  });

  it('takes a form of a page that sends no referrer, whose origin a browser calls null', async () => {
    const { ask, signIn } = signedReport();
    const headers = { cookie: await signIn(), origin: 'null', 'sec-fetch-site': 'same-origin' };
    expect((await ask('/logout', { method: 'POST', headers })).status).toBe(303);
    expect((await ask('/api/views', { headers })).status).toBe(401);
  });

  it('asks first when it is only looked at: a link ends nothing', async () => {
    const { ask, signIn } = signedReport();
    const cookie = await signIn();
    const response = await ask('/logout', { headers: { cookie } });
    expect(await response.text()).toContain('<form method="post" action="/logout">');
    expect((await ask('/api/views', { headers: { cookie } })).status).toBe(200);
    expect(place(await ask('/logout'))).toEqual([303, '/login']);
  });
});

describe('a tail of who signed in', () => {
  /** A tail, and what tells whether it has ended. */
  async function tailOf(asking: Promise<Response>): Promise<() => Promise<boolean>> {
    const reader = (await asking).body!.getReader();
    onTestFinished(() => reader.cancel());
    return async () => {
      for (;;) {
        const nothing = new Promise<'waits'>((resolve) => setImmediate(resolve, 'waits'));
        const read = await Promise.race([reader.read(), nothing]);
        if (read === 'waits') return false;
        if (read.done) return true;
      }
    };
  }

  it('ends when he signs out, and no other one does', async () => {
    const { ask, signIn } = signedReport();
    const cookies = [await signIn(), await signIn()];
    const mine = await tailOf(ask('/api/tail', { headers: { cookie: cookies[0]! } }));
    const other = await tailOf(ask('/api/tail', { headers: { cookie: cookies[1]! } }));
    const program = await tailOf(ask('/api/tail', { headers: bearer(TOKEN) }));
    await ask('/logout', { method: 'POST', headers: { ...OWN_FORM, cookie: cookies[0]! } });
    expect([await mine(), await other(), await program()]).toEqual([true, false, false]);
  });

  it('ends with the twelve hours of the session', async () => {
    const { ask, signIn, clock } = signedReport();
    const cookie = await signIn();
    clock.advance(HOUR_MS);
    const ended = await tailOf(ask('/api/tail', { headers: { cookie } }));
    clock.advance(11 * HOUR_MS - 1);
    expect(await ended()).toBe(false);
    clock.advance(1);
    expect(await ended()).toBe(true);
  });
});

describe('wrong tokens', () => {
  const WRONG = bearer('wrong-token-of-a-guesser');
  const RIGHT = bearer(TOKEN);

  it('are slowed down, by form and by header alike, and the right one waits with them', async () => {
    const { ask, enter, clock } = signedReport();
    for (let n = 0; n < 5; n++) {
      expect((await ask('/api/views', { headers: WRONG })).status).toBe(401);
      expect((await enter('wrong')).status).toBe(401);
    }
    const refused = await ask('/api/views', { headers: WRONG });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
    expect(await refused.json()).toEqual({
      code: 'too-many-attempts',
      error: 'there were too many wrong tokens; try again in 5 s',
    });
    const form = await enter(TOKEN);
    expect([form.status, form.headers.get('retry-after'), form.headers.get('set-cookie')]).toEqual([429, '5', null]);
    expect(await form.text()).toContain('Try again in 5 s.');
    expect((await ask('/api/views', { headers: RIGHT })).status).toBe(429);
    clock.advance(5_000);
    expect((await ask('/api/views', { headers: RIGHT })).status).toBe(200);
  });

  it('of one client are no matter to another, nor to who has signed in from the same address', async () => {
    const { ask, signIn } = signedReport();
    const cookie = await signIn();
    for (let n = 0; n < 20; n++) await ask('/api/views', { headers: WRONG });
    expect((await ask('/api/views', { headers: RIGHT })).status).toBe(429);
    expect((await ask('/api/views', { headers: { cookie } })).status).toBe(200);
    expect((await ask('/api/views', { headers: RIGHT, from: '192.0.2.2' })).status).toBe(200);
  });

  it('of many clients make those wait whom nobody knows, and no one who had the right one before', async () => {
    const { ask, clock } = signedReport();
    const from = (n: number): string => `198.51.${n >> 8}.${n & 255}`;
    await ask('/api/views', { headers: RIGHT, from: '192.0.2.1' });
    for (let n = 0; n < 500; n++) {
      expect((await ask('/api/views', { headers: WRONG, from: from(n) })).status).toBe(401);
    }
    expect((await ask('/api/views', { headers: WRONG, from: from(500) })).status).toBe(429);
    expect((await ask('/api/views', { headers: RIGHT, from: '192.0.2.2' })).status).toBe(429);
    expect((await ask('/api/views', { headers: RIGHT, from: '192.0.2.1' })).status).toBe(200);
    clock.advance(10);
    expect((await ask('/api/views', { headers: RIGHT, from: '192.0.2.2' })).status).toBe(200);
  });

  it('are not those that nobody sent: asking without one costs nothing', async () => {
    const { ask } = signedReport();
    for (let n = 0; n < 50; n++) expect((await ask('/api/views')).status).toBe(401);
    const cookie = 'metlog_session=made.1.up';
    for (let n = 0; n < 50; n++) expect((await ask('/api/views', { headers: { cookie } })).status).toBe(401);
    expect((await ask('/api/views', { headers: RIGHT })).status).toBe(200);
  });
});

describe('the cookie of a sign-in', () => {
  it('is another one each time', async () => {
    const { enter } = signedReport();
    expect(cookieOf(await enter(TOKEN))).not.toBe(cookieOf(await enter(TOKEN)));
  });
});
