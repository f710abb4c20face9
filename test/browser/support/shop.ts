import type { Page } from '../drivers/browser.ts';
import { scriptTag } from './dist.ts';
import type { Router } from './router.ts';
import { htmlPage, startSite, type Site } from './site.ts';

// What scenarios of delivery share: pages that say numbered messages, and what the store has of them.

export interface Shop extends Site {
  /** Its page with the script tag. */
  readonly home: string;
  /** Its page without. */
  readonly bare: string;
}

/** A site whose pages send to `dest`. */
export async function startShop(dest: string): Promise<Shop> {
  const site = await startSite();
  const tag = await scriptTag(site, { logger: 'shop', dest });
  return Object.assign(site, { home: site.put('/', htmlPage(tag)), bare: site.put('/bare', htmlPage('')) });
}

/** Text of a page that has a client: it says `count` messages of type `said`, each of a kilobyte. */
export const sayMany = (count: number, from = 0): string =>
  `for (let n = ${from}; n < ${from + count}; n++) metlog.send('said', { payload: 'x'.repeat(1000), metadata: { n } })`;

/** Says so in this page. */
export const say = (page: Page, count: number, from = 0): Promise<unknown> =>
  page.evaluate(`(() => { ${sayMany(count, from)} })()`);

/** Runs this in a task of its own, which may leave the page. */
export const inTask = (page: Page, script: string): Promise<unknown> =>
  page.evaluate(`(setTimeout(() => { ${script} }), null)`);

/** How many messages of this type the store has, and how many of them are distinct by `metadata.n`. */
export const countOf = (router: Router, type: string) => async (): Promise<unknown> =>
  (
    await router.stored(
      `select count(*)::double as stored, count(distinct metadata->>'n')::double as "distinct" from messages where type = '${type}'`,
    )
  )[0];

/** What `countOf` finds where each of `count` messages is there once. */
export const all = (count: number): object => ({ stored: count, distinct: count });

/** How much the pages of this one's origin keep in their storage. */
export const keptBy = (page: Page) => (): Promise<number> =>
  page.evaluate(`Object.keys(localStorage).filter((key) => key.startsWith('metlog:')).length`);

/**
 * Has this page count in `answered` what its requests were answered, once it has acted on it: a gateway knows that it has refused something some time
 * before the page does.
 */
export const countAnswers = (page: Page): Promise<unknown> =>
  page.evaluate(`(() => {
    const { fetch } = window;
    window.answered = 0;
    window.fetch = async (...request) => {
      const answer = await fetch(...request);
      const text = await answer.text(); // what the page waits for too
      setTimeout(() => answered++);
      return { status: answer.status, headers: answer.headers, text: async () => text };
    };
  })()`);

/** How many answers this page has heard since `countAnswers`. */
export const answeredTo = (page: Page) => (): Promise<number> => page.evaluate('answered');

/** How many messages wait in this page, or are under way. */
export const queuedBy = (page: Page) => (): Promise<number> => page.evaluate('metlog.stats.queued');
