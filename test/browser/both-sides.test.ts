import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bundle } from './support/dist.ts';
import { inEachBrowser } from './support/in-each-browser.ts';
import { startRouter } from './support/router.ts';
import { htmlPage, startSite } from './support/site.ts';

/** Runs a module in Node, where the package finds itself by its name; answers what it prints. */
async function runModule(code: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code]);
  return stdout;
}

/** The module that server and page share. */
const shared = (udp: string, http: string): string => `
  import { createMetlog } from 'metlog';
  const metlog = createMetlog({ logger: 'both', dest: { udp: '${udp}', http: '${http}' } });
  const render = (where) => { metlog.incr('rendered', { metadata: { where } }); return '<p>hello</p>'; };`;

describe('one module with both destinations', () => {
  inEachBrowser(({ open }) => {
    it('renders on the server and in the page, and both are stored', async () => {
      const router = await startRouter();
      const site = await startSite();
      const module = shared(router.udp, router.http);
      const html = await runModule(`${module}; process.stdout.write(render('server')); await metlog.close();`);
      site.put('/app.js', await bundle(`${module}; document.body.innerHTML = render('page');`));
      const page = await open(site.put('/', htmlPage(`<body>${html}<script src="/app.js"></script>`)));
      expect(await page.evaluate('document.body.textContent')).toBe('hello');
      const sql = `select metadata->>'where' as "where", logger from messages where name = 'rendered' order by 1`;
      await expect
        .poll(() => router.stored(sql))
        .toEqual([
          { where: 'page', logger: 'both' },
          { where: 'server', logger: 'both' },
        ]);
    });
  });
});

describe('the page build during server-side rendering', () => {
  it.each(['metlog/browser', 'metlog/slim'])('imports, starts and says something: %s', async (entry) => {
    const code = `import { createMetlog } from '${entry}';
      const metlog = createMetlog({ logger: 'rendering' });
      metlog.incr('rendered'); metlog.exception(new Error('no')); metlog.timer('x').stop();
      console.log(JSON.stringify(Object.keys(metlog.stats).sort()));`;
    expect(JSON.parse(await runModule(code))).toContain('accepted');
  });
});
