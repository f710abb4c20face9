import { describe, expect, it } from 'vitest';
import { REPORT_TYPE } from '../../src/core/report.ts';
import { createVmPage, type VmPage } from './support/vm-page.ts';

// Pages that have done things to their globals, before the script is there or after: nothing throws, the book balances, and what can arrive does.

const FAILS = `() => { throw new Error('patched') }`;
const EACH_STORAGE = `for (const name of ['localStorage', 'sessionStorage'])`;

/** What is done to a page from which all arrives nevertheless. */
const HARMS: Readonly<Record<string, string>> = {
  'a Promise of its own': 'globalThis.Promise = class extends Promise {}',
  'a JSON.parse that throws': `JSON.parse = ${FAILS}`,
  'arrays with a toJSON': `Array.prototype.toJSON = function () { return '[' + this.join() + ']' }`,
  'no fetch': 'delete globalThis.fetch',
  'a fetch that throws': `fetch = ${FAILS}`,
  'a fetch that rejects': `fetch = async ${FAILS}`,
  'a fetch that answers nothing': 'fetch = () => undefined',
  'no sendBeacon': 'delete navigator.sendBeacon',
  'a sendBeacon that throws': `navigator.sendBeacon = ${FAILS}`,
  'no navigator': 'delete globalThis.navigator',
  'no storage': `${EACH_STORAGE} delete globalThis[name]`,
  'a storage that is full': `${EACH_STORAGE} Object.getPrototypeOf(globalThis[name]).setItem = ${FAILS}`,
  'a storage that is forbidden': `${EACH_STORAGE} Object.defineProperty(globalThis, name, { get: ${FAILS} })`,
  'a clock that jumps ahead': '{ const { now } = Date; Date.now = () => now() + 3 * 86_400_000 }',
  'a clock that jumps back': '{ const { now } = Date; Date.now = () => now() - 3 * 86_400_000 }',
  'a clock that says no number': 'Date.now = () => NaN',
  'a clock that throws': `Date.now = ${FAILS}`,
  'no performance': 'delete globalThis.performance',
  'no crypto': 'delete globalThis.crypto',
};

/** What leaves no way to say or to send something. */
const MUTES: Readonly<Record<string, string>> = {
  'no Promise': 'delete globalThis.Promise',
  'a Promise that throws': `globalThis.Promise = class { constructor() { throw new Error('patched') } }`,
  'no JSON': 'delete globalThis.JSON',
  'a JSON.stringify that throws': `JSON.stringify = ${FAILS}`,
  'neither fetch nor sendBeacon': 'delete globalThis.fetch; delete navigator.sendBeacon',
  'neither, nor a storage': `delete globalThis.fetch; delete navigator.sendBeacon; ${EACH_STORAGE} delete globalThis[name]`,
};

/** Says something of each kind, in a page that is hidden, shown and hidden again. */
async function live(page: VmPage): Promise<void> {
  page.run(`metlog.incr('a'); metlog.send('b', { metadata: { c: [1] } }); metlog.exception(new Error('d'))`);
  page.run(`metlog.info('e'); metlog.child({ logger: 'other' }).incr('f'); metlog.setMetadata({ g: 1 })`);
  expect(page.run(`metlog.timer('h').stop()`)).toBeTypeOf('number');
  expect(page.run(`metlog.time('i', () => 7) + metlog.timer('j').wrap(() => 8)()`)).toBe(15);
  await page.advance(3_000);
  page.show('hidden');
  await page.advance(20_000);
  page.run(`metlog.incr('k')`);
  page.show('visible');
  await page.advance(400_000);
  page.show('hidden');
  await page.advance(400_000);
  const ends = [page.run('metlog.flush(10)'), page.run('metlog.close(10)')];
  await page.advance(1_000);
  for (const end of ends) await end;
}

const SAID = ['a', 'b', 'exception', 'f', 'h', 'i', 'j', 'k', 'log'];

/** What left the page, each once. */
function saidBy(page: VmPage): readonly unknown[] {
  const said = page.messages().filter(({ type }) => type !== REPORT_TYPE);
  return [...new Set(said.map(({ type, metadata }) => metadata['name'] ?? type))].sort();
}

function expectBalance(page: VmPage): void {
  const { accepted, sent, queued, merged, dropped } = JSON.parse(page.stats()) as {
    accepted: number;
    sent: number;
    queued: number;
    merged: number;
    dropped: Readonly<Record<string, number>>;
  };
  expect(accepted).toBe(sent + queued + merged + Object.values(dropped).reduce((sum, count) => sum + count, 0));
}

describe('a page with', () => {
  it.each(Object.entries(HARMS))('%s before the script is there', async (_, harm) => {
    const page = createVmPage();
    page.run(harm);
    page.load();
    await live(page);
    expect(saidBy(page)).toEqual(SAID);
    expectBalance(page);
  });

  it.each(Object.entries(HARMS))('%s after it', async (_, harm) => {
    const page = createVmPage();
    page.load();
    page.run(`metlog.incr('a')`);
    page.run(harm);
    await live(page);
    expect(saidBy(page)).toEqual(SAID);
    expectBalance(page);
  });

  it('a wrong attribute of the script tag goes on, and is told what is wrong', async () => {
    const page = createVmPage();
    page.run(`globalThis.warned = []; console.warn = (text) => warned.push(text)`);
    page.run(`document.currentScript.dataset.sessionRate = '2'`);
    page.load();
    await live(page);
    expect(page.run('warned.join()')).toMatch(/^metlog: sessionRate must be [^]*$/);
    expect(page.messages()).toEqual([]);
  });

  it.each(Object.entries(MUTES))('%s goes on', async (_, harm) => {
    const before = createVmPage();
    before.run(harm);
    before.load();
    await live(before);
    expectBalance(before);

    const after = createVmPage();
    after.load();
    after.run(harm);
    await live(after);
    expectBalance(after);
  });
});
