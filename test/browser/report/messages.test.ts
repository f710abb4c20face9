import { expect, it, onTestFinished } from 'vitest';
import { createMetlog, type Metlog } from '../../../src/node/index.ts';
import { visibleText } from '../../../src/report/ui/messages/visible-text.ts';
import { HOSTILE_STRINGS } from '../../support/naughty-strings.ts';
import { startRouter, type Router } from '../support/router.ts';
import { withReportPages, type ReportPage } from '../support/report-page.ts';

function client(router: Router, logger: string): Metlog {
  const metlog = createMetlog({ logger, dest: router.udp });
  onTestFinished(() => metlog.close());
  return metlog;
}

const stored = (router: Router, count: number): Promise<void> =>
  expect
    .poll(
      async () => (await router.stored("select count(*) as n from messages where type not like 'metlog.%'"))[0]?.['n'],
    )
    .toBe(count);

const saidOf = (page: ReportPage): Promise<readonly string[]> => page.locator('.line .said').allInnerTexts();

const HOSTILE = [
  '<img src=x onerror="window.hit=1"><script>window.hit=1</script>',
  '\u001b[31mred\u001b[0m \u0007\u0000 bell',
  '\u202egnp.exe \u2066\u200f right to left שלום',
  'x'.repeat(5_000),
  '{"__proto__":{"hit":1}} ${7*7} {{7*7}} javascript:alert(1)',
  "'; DROP TABLE messages; -- %s %n",
  '👩‍👩‍👧‍👦 Z̴̧͎̈́a̸̡͛l̷̰̈g̷͉̾o̶͖͛ \ufeff\u2028\u2029',
  'line\n'.repeat(40),
];

withReportPages('messages', (open) => {
  it('shows what arrives, holds it while paused, and narrows it', async () => {
    const router = await startRouter();
    const shop = client(router, 'shop');
    const page = await open(`${router.http}/#/messages`);
    await page.getByText('live', { exact: true }).waitFor();
    shop.send('order.placed', { payload: 'first', metadata: { userId: 'u1', total: 12.5 } });
    shop.time('auth', () => undefined);
    await shop.flush();
    await page.locator('.said', { hasText: 'first' }).waitFor();
    await page.locator('.details', { hasText: 'userId=u1' }).waitFor();
    await page.locator('.said', { hasText: /auth .* ms/ }).waitFor();

    await page.getByRole('button', { name: 'Pause' }).click();
    shop.send('order.placed', { payload: 'held' });
    await shop.flush();
    await page.getByText('1 more have come').waitFor();
    expect(await page.locator('.said', { hasText: 'held' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.locator('.said', { hasText: 'held' }).waitFor();

    await stored(router, 3); // a list that is narrowed has from the archive what came before
    await page.getByLabel('Type').fill('order.*');
    await page.getByLabel('Type').press('Enter');
    await page.getByLabel('Metadata', { exact: true }).fill('userId=u1');
    await page.getByLabel('Metadata', { exact: true }).press('Enter');
    await expect.poll(() => page.url()).toContain('type=order.*&metadata=userId%3Du1');
    await page.getByText('live', { exact: true }).waitFor();
    shop.send('order.placed', { payload: 'other', metadata: { userId: 'u2' } });
    shop.send('order.shipped', { payload: 'mine', metadata: { userId: 'u1' } });
    await shop.flush();
    await page.locator('.said', { hasText: 'mine' }).waitFor();
    await expect.poll(() => saidOf(page)).toEqual(['mine', 'first']);
    await page.expectSound();
  });

  it('searches back in time, page by page, by each filter', async () => {
    const router = await startRouter();
    const shop = client(router, 'shop');
    const billing = client(router, 'billing');
    for (let n = 0; n < 250; n++) shop.info(`line ${n}`, { metadata: { 'http.path': `/p"${n % 5}`, n } });
    await shop.flush();
    billing.error('no money <b>');
    billing.incr('paid', { metadata: { userId: 'u1' } });
    await billing.flush();
    await stored(router, 252);
    const page = await open(`${router.http}/#/messages?mode=back`);
    await page.getByRole('button', { name: 'Load older' }).click();
    await page.getByText('200 messages, and there are older ones').waitFor();
    await page.getByRole('button', { name: 'Load older' }).click();
    await page.getByText('No older ones in this range.').waitFor();
    const said = await saidOf(page);
    expect(said).toHaveLength(252);
    expect(said.slice(0, 3)).toEqual(['paid 1', 'no money <b>', 'line 249']);
    expect(new Set(said).size).toBe(252);

    await page.locator('.line .open').nth(120).click();
    await page.locator('.message h1').waitFor();
    await page.goBack();
    await expect.poll(() => saidOf(page)).toHaveLength(252);

    await page.getByLabel('Severity').selectOption('3');
    await expect.poll(() => saidOf(page)).toEqual(['no money <b>']);
    await page.getByLabel('Severity').selectOption('');
    await page.getByLabel('Text').fill('LINE 24');
    await page.getByLabel('Text').press('Enter');
    await expect.poll(() => saidOf(page)).toHaveLength(11);
    await page.run('scrollTo(0, 0)');
    await page.picture('messages-back');
    await page.getByLabel('Text').fill('');
    await page.getByLabel('Text').press('Enter');
    await page.getByLabel('Metadata', { exact: true }).fill('http.path=/p"3');
    await page.getByLabel('Metadata', { exact: true }).press('Enter');
    await expect.poll(() => saidOf(page)).toHaveLength(50);
    await page.reload();
    await expect.poll(() => saidOf(page)).toHaveLength(50);
    await page.getByRole('button', { name: 'Remove http.path=/p"3' }).click();
    await page.locator('.line .type', { hasText: 'counter' }).first().click();
    await expect.poll(() => saidOf(page)).toEqual(['paid 1']);
    await page.getByLabel('Metadata', { exact: true }).fill('nonsense');
    await page.getByLabel('Metadata', { exact: true }).press('Enter');
    await page.getByText('Metadata is looked for as key=value.').waitFor();
    await page.expectSound();
  });

  it('shows one message whole, at an address that stays', async () => {
    const router = await startRouter();
    const shop = client(router, 'shop');
    shop.send('before', { payload: 'b' });
    shop.send('order.placed', {
      payload: JSON.stringify({ items: [1, 2], note: 'two' }),
      severity: 4,
      metadata: { userId: 'u1', 'a.b': 'dots', nested: { deep: [1, { x: null }] }, total: 12.5 },
    });
    shop.send('after', { metadata: { userId: 'u1' } });
    await shop.flush();
    await stored(router, 3);
    const page = await open(`${router.http}/#/messages?type=order.*`);
    await page.locator('.line .open', { hasText: 'items' }).click();
    await page.locator('.message h1', { hasText: 'order.placed' }).waitFor();
    await page.reload();
    await page.locator('.message h1', { hasText: 'order.placed' }).waitFor();
    expect(await page.locator('.message-head .severity').innerText()).toBe('warning');
    expect(await page.getByRole('region', { name: 'Payload' }).innerText()).toContain('"items": [\n    1,');
    expect(await page.locator('.metadata tbody th').allInnerTexts()).toEqual(['userId', 'a.b', 'nested', 'total']);
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    expect(await page.getByRole('region', { name: 'The message as JSON' }).innerText()).toContain('"severity": 4');
    await page.run('scrollTo(0, 0)');
    await page.picture('message');
    await page.expectSound();
    // The graver was sent first, so that the others come after it.
    for (const type of ['before', 'after']) {
      await page.getByText('Next of this sender').click();
      await page.locator('.message h1', { hasText: type }).waitFor();
    }
    await page.getByRole('link', { name: 'filter by this: userId=u1' }).click();
    await expect.poll(() => page.locator('.line .type').allInnerTexts()).toEqual(['after', 'order.placed']);
  });

  it('shows whatever a message holds as text, and keeps its layout', async () => {
    const router = await startRouter();
    const metlog = client(router, '<b>logger</b>');
    for (const text of HOSTILE)
      metlog.send(text.slice(0, 100), { payload: text, metadata: { [text.slice(0, 60)]: text } });
    await metlog.flush();
    const big = { type: 'big', severity: 6, payload: 'y'.repeat(900_000) };
    const keys = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`key${n}`, n]));
    for (const message of [big, { type: 'wide', severity: 6, payload: '', metadata: { ...keys, nan: Number.NaN } }]) {
      const header = { metlog: 1, logger: 'big', sender: `big-${message.type}`, seq: 0 };
      const body = `${JSON.stringify(header)}\n${JSON.stringify(message)}\n`;
      const sent = await fetch(`${router.http}/v1/messages`, { method: 'POST', body, headers: { 'content-type': 'text/plain' } }); // prettier-ignore
      expect(await sent.text()).not.toContain('refused":{"');
    }
    await stored(router, HOSTILE.length + 2);
    const page = await open(`${router.http}/#/messages`);
    await expect.poll(() => page.locator('.line').count()).toBe(HOSTILE.length + 2);
    await page.expectSound();
    await page.run('scrollTo(0, 0)');
    await page.picture('messages-hostile');
    for (let n = 0; n < HOSTILE.length + 2; n++) {
      await page.locator('.line .open').nth(n).click();
      await page.locator('.message h1').waitFor();
      await page.expectSound();
      await page.goBack();
      await page.locator('.line').first().waitFor();
    }
    await page.locator('.line .type', { hasText: 'big' }).waitFor();
    await page.locator('.line .open', { hasText: 'yyy' }).click();
    expect((await page.getByRole('region', { name: 'Payload' }).innerText()).length).toBe(900_000);
    await page.goBack();
    await page.locator('.line .open', { hasText: 'key0' }).click();
    await page.getByText('10,001 keys', { exact: true }).waitFor();
    expect(await page.locator('.metadata tbody tr').count()).toBe(100);
    await page.getByRole('button', { name: 'Show all 10,001 keys' }).click();
    await expect.poll(() => page.locator('.metadata tbody tr').count()).toBe(10_001);
    expect(await page.run('window.hit')).toBeUndefined();
    expect(await page.run('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  });

  it('shows every naughty string as it was sent, in the list and in the metadata', async () => {
    const router = await startRouter();
    const metlog = client(router, 'naughty');
    // What is cut is another test's, and so is what no text of ours can be: half of a surrogate pair.
    const texts = HOSTILE_STRINGS.filter((text) => text.trim() !== '' && text.length < 500);
    for (const text of texts) metlog.send('naughty', { payload: text });
    metlog.send('all', { metadata: { texts } });
    await metlog.flush();
    await stored(router, texts.length + 1);
    const page = await open(`${router.http}/#/messages?mode=back&type=naughty`);
    for (let pages = 1; pages < texts.length / 100; pages++) {
      await expect.poll(() => page.locator('.line').count()).toBe(pages * 100);
      await page.getByRole('button', { name: 'Load older' }).click();
    }
    await page.getByText('No older ones in this range.').waitFor();
    const shown = await page.run<string[]>("[...document.querySelectorAll('.said')].map((said) => said.textContent)");
    expect(shown.reverse()).toEqual(texts.map(visibleText));
    await page.expectSound();
    expect(await page.run('globalThis.pwned')).toBeUndefined();
    await page.goto(`${router.http}/#/messages?mode=back&type=all`);
    await page.locator('.line .open').click();
    await page.locator('.message h1').waitFor();
    await page.expectSound();
    expect(await page.run('globalThis.pwned')).toBeUndefined();
  });
});
