import { expect, it, onTestFinished } from 'vitest';
import { createMetlog, type Metlog } from '../../../src/node/index.ts';
import { visibleText } from '../../../src/report/ui/messages/visible-text.ts';
import { MAX_SERIES } from '../../../src/report/api/metric-limits.ts';
import { HOSTILE_STRINGS, XSS_STRINGS } from '../../support/naughty-strings.ts';
import { NAUGHTY_TYPE } from '../../support/naughty-type.ts';
import { startRouter, type Router } from '../support/router.ts';
import { withReportPages, type ReportPage } from '../support/report-page.ts';

// Whatever somebody can send, in every place of a message, on every page: nothing of it runs, is loaded, or breaks the layout.

/** As many as a name may have, and no half of a surrogate pair, which no text of ours can hold. */
const NAMES = [...new Set(HOSTILE_STRINGS)].filter(
  (text) => text.trim() !== '' && text.length <= 256 && !/\p{Surrogate}/u.test(text),
);
const IMAGE = '<img src=x onerror=globalThis.pwned=1>';
const LONG = 'L'.repeat(1_000_000);
const WIDE = Object.fromEntries(Array.from({ length: 10_000 }, (_, nth) => [`<b>key${nth}`, nth]));

class HostileError extends Error {
  constructor(text: string) {
    super(text);
    this.name = text;
    this.stack = `${text}: ${text}\n    at ${text} (${text}:1:1)\n    at javascript:alert(1) (<img src=x>:1:1)`;
  }
}

function client(router: Router, options: Parameters<typeof createMetlog>[0] = {}): Metlog {
  const metlog = createMetlog({ dest: router.udp, onError: () => undefined, ...options });
  onTestFinished(() => metlog.close());
  return metlog;
}

/** Sends `each` of the texts, and resolves once the store has them. */
async function sendAll(router: Router, each: (metlog: Metlog, text: string) => void, texts = NAMES): Promise<void> {
  // Not all at once: the kernel drops what a socket has no room for.
  for (let start = 0; start < texts.length; start += 50) {
    const some = texts.slice(start, start + 50);
    const metlog = client(router, { environment: some[0], release: some[1] ?? IMAGE });
    for (const text of some) each(metlog, text);
    await metlog.flush();
  }
}

const stored = (router: Router, where: string, least: number): Promise<void> =>
  expect
    .poll(async () => (await router.stored(`select count(*)::int as n from messages where ${where}`))[0]?.['n'])
    .toBeGreaterThanOrEqual(least);

/** What a text would become if it were taken for HTML, and addresses and handlers that would run it. */
const MADE_OF_TEXT = `[...document.querySelectorAll('body *')].flatMap((element) => {
  const isForeign = element.matches('main img, main iframe, main object, main embed, main video, main style, main base, main meta, main link, main b, main i, marquee, plaintext, x, script');
  const bad = [...element.attributes].filter(({ name, value }) =>
    name.startsWith('on') || name === 'srcdoc' || (['href', 'src', 'action', 'xlink:href'].includes(name) && !/^(#|\\/)/.test(value)));
  return isForeign || bad.length > 0 ? [element.outerHTML.slice(0, 200)] : [];
})`;

const WIDER = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

/** A page answers in a task of its own. */
const DRAWN = 'new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)))';

const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 860 };

/** At both widths. Axe looks at the narrow page alone: what it looks for is the same on the other. */
async function expectHarmless(page: ReportPage): Promise<void> {
  expect(await page.run(MADE_OF_TEXT)).toEqual([]);
  expect(await page.run(WIDER)).toBe(0);
  await page.setViewportSize(PHONE);
  await page.run('new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))');
  await page.expectSound();
  await page.setViewportSize(DESKTOP);
}

const textsOf = (page: ReportPage, selector: string): Promise<readonly string[]> =>
  page.run(`[...document.querySelectorAll(${JSON.stringify(selector)})].map((element) => element.textContent)`);

const address = (router: Router, path: string, parameters: Readonly<Record<string, string>> = {}): string => {
  const query = new URLSearchParams(parameters).toString();
  return `${router.http}/#/${path}${query === '' ? '' : `?${query}`}`;
};

withReportPages('hostile messages', (open) => {
  it('are text in the live tail, in the list and whole', async () => {
    const router = await startRouter();
    const page = await open(address(router, 'messages'));
    await page.getByText('live', { exact: true }).waitFor();
    await sendAll(router, (metlog, text) =>
      metlog.send(text, { logger: text, payload: text, metadata: { [text]: text, nested: { [text]: [text] } } }),
    );
    await stored(router, "type not like 'metlog.%'", NAMES.length);
    // One by one, once the others are over: the tail leaves out what is too much, or comes while a long one is on its way.
    const last = client(router, { logger: IMAGE });
    const sendLast = async (type: string | RegExp, send: () => void): Promise<void> => {
      send();
      await last.flush();
      await page.locator('.line .type', { hasText: type }).waitFor();
    };
    await sendLast(NAUGHTY_TYPE.type, () => last.send(NAUGHTY_TYPE, { [IMAGE]: IMAGE }));
    await sendLast(/^long$/, () => last.send('long', { payload: LONG, metadata: { [LONG.slice(0, 5_000)]: LONG } }));
    await sendLast(/^wide$/, () => last.send('wide', { payload: '', metadata: { ...WIDE, nan: Number.NaN } }));
    await stored(router, "type not like 'metlog.%'", NAMES.length + 3);
    await expectHarmless(page);

    // Each line has what was sent.
    await page.goto(address(router, 'messages', { mode: 'back', type: IMAGE }));
    await page.locator('.line').first().waitFor();
    expect(await textsOf(page, '.line .said')).toEqual([IMAGE]);
    expect(await textsOf(page, '.line .who')).toEqual([IMAGE]);
    await page.goto(address(router, 'messages', { mode: 'back' }));
    await page.getByRole('button', { name: 'Load older' }).click();
    await expect.poll(() => page.locator('.line').count()).toBe(200);
    await expectHarmless(page);

    for (const text of [...XSS_STRINGS.slice(0, 4), 'long', 'wide', NAUGHTY_TYPE.type]) {
      await page.goto(address(router, 'messages', { mode: 'back', type: text }));
      await page.locator('.line .open').first().click();
      await page.locator('.message h1').waitFor();
      await expectHarmless(page);
      const shown = await textsOf(page, '.metadata :is(th, .text)');
      if (XSS_STRINGS.includes(text))
        expect(shown.filter((one) => one === visibleText(text)).length).toBeGreaterThanOrEqual(2);
    }
  });

  it('are text in the metrics, the overview and the results of queries', async () => {
    const router = await startRouter();
    await sendAll(router, (metlog, text) => {
      metlog.incr(text, { logger: text });
      metlog.timing(text, 5, { logger: text });
      metlog.gauge(text, 5, { metadata: { version: text } });
      metlog.send('deploy', { logger: text, metadata: { version: text } });
      metlog.error(text, { logger: text });
    });
    const odd = client(router, { logger: IMAGE });
    odd.gauge(LONG, Number.NaN);
    odd.incr(LONG, { count: Number.MAX_VALUE });
    odd.timing(IMAGE, Number.MAX_VALUE);
    await odd.flush();
    await stored(router, "type not like 'metlog.%'", NAMES.length * 5);

    const page = await open(router.http);
    await page.locator('.rates-plot canvas, .chart-plot canvas').first().waitFor();
    await page.locator('.attention, .calm').first().waitFor();
    await expectHarmless(page);

    await page.goto(address(router, 'metrics'));
    await page.locator('.metric-list li').first().waitFor();
    const names = await textsOf(page, '.metric-list .name');
    expect(names.length).toBe(500);
    for (const name of names) expect([...NAMES, LONG.slice(0, name.length)]).toContain(name);
    await expectHarmless(page);
    const chosen = XSS_STRINGS.filter((text) => NAMES.includes(text)).slice(0, MAX_SERIES);
    const parameters = new URLSearchParams(chosen.map((name): [string, string] => ['name', `timer:${name}`]));
    await page.goto(`${router.http}/#/metrics?${parameters.toString()}&compare=day`);
    await page.locator('tbody tr').first().waitFor();
    await page.locator('.marks li').first().waitFor();
    const titles = await textsOf(page, '.chart-legend .name');
    for (const name of chosen) expect(titles.some((title) => title.includes(name))).toBe(true);
    await expectHarmless(page);

    for (const [column, sql] of [
      ['metadata', "select * from messages where type = 'log' order by payload limit 150"],
      [
        'n',
        `select type, payload as "${IMAGE}", count(*) as n from messages group by all order by n desc, 2 limit 150`,
      ],
    ] as const) {
      await page.goto(address(router, 'query', { sql }));
      // The result before stands there until this query begins.
      await page.locator('table.result th', { hasText: new RegExp(`^${column}$`) }).waitFor();
      await expectHarmless(page);
      const cells = new Set(await textsOf(page, 'table.result td .cell'));
      expect(NAMES.filter((name) => cells.has(name)).length).toBeGreaterThan(50);
    }
    await page.getByRole('button', { name: 'Graph' }).click();
    await page.locator('.bars li').first().waitFor();
    await expectHarmless(page);
  });

  it('are text in the list of exceptions and on the page of one', async () => {
    const router = await startRouter();
    await sendAll(router, (metlog, text) => {
      metlog.exception(new HostileError(text), {
        logger: text,
        metadata: { [text]: text, request_id: text, trace_id: text },
      });
    });
    const last = client(router, { logger: IMAGE, environment: IMAGE, release: IMAGE });
    last.exception(new HostileError(`${IMAGE}${LONG}`), { metadata: { ...WIDE, nan: Number.NaN, long: LONG } });
    last.exception(new AggregateError([new HostileError(IMAGE), IMAGE], IMAGE, { cause: new HostileError(IMAGE) }));
    last.exception(IMAGE);
    await last.flush();
    await stored(router, "type = 'exception'", NAMES.length + 3);

    const page = await open(address(router, 'exceptions'));
    await page.locator('.groups a').first().waitFor();
    await expectHarmless(page);
    const shown = await textsOf(page, '.group-value');
    expect(NAMES.filter((name) => shown.includes(name)).length).toBeGreaterThan(50);
    for (const text of ['AggregateError', ...XSS_STRINGS.slice(0, 3)]) {
      await page.goto(address(router, 'exceptions', { search: text }));
      await page.locator('.groups a', { hasText: text }).first().waitFor();
      await page.locator('.groups a', { hasText: text }).first().click();
      await page.locator('.group-facts').waitFor();
      await page.locator('.traceback').first().waitFor();
      expect(await page.locator('h1').textContent()).toContain(text);
      await expectHarmless(page);
    }
  });

  it('cannot be made of an address', async () => {
    const router = await startRouter();
    const page = await open(router.http);
    for (const text of XSS_STRINGS.slice(0, 20)) {
      const part = encodeURIComponent(text);
      const places = [
        part,
        `exceptions/${part}`,
        `exceptions/${part}/${part}/${part}`,
        `messages/${part}/${part}?at=${part}`,
        `messages?type=${part}&severity=${part}&metadata=${part}&text=${part}&mode=${part}&logger=${part}`,
        `metrics?name=${part}&name=timer:${part}&compare=${part}&search=${part}&from=${part}&to=${part}`,
        `query?sql=${part}`,
      ];
      const made = await page.run(`(async () => {
        const made = [];
        for (const place of ${JSON.stringify(places)}) {
          location.hash = '/' + place;
          await ${DRAWN};
          made.push(...${MADE_OF_TEXT});
        }
        return made;
      })()`);
      expect(made).toEqual([]);
    }
    expect(await page.run('window.watched')).toEqual([]);
  });
});
