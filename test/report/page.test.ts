import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPage } from '../../src/report/page.ts';

const STYLE = 'body { color: inherit; }\n'.repeat(100);

async function asking(): Promise<(headers?: Record<string, string>) => Promise<Response>> {
  const dir = await mkdtemp(join(tmpdir(), 'metlog-test-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  await writeFile(join(dir, 'style.css'), STYLE);
  const page = createPage(dir);
  return async (headers = {}) => (await page(new Request('http://127.0.0.1/ui/style.css', { headers })))!;
}

const encodingOf = ({ headers }: Response): readonly (string | null)[] => [
  headers.get('content-encoding'),
  headers.get('vary'),
];

describe('a part of the page', () => {
  it('is compressed for who takes that', async () => {
    const ask = await asking();
    const response = await ask({ 'accept-encoding': 'br, gzip, deflate' });
    expect(encodingOf(response)).toEqual(['gzip', 'accept-encoding']);
    const body = Buffer.from(await response.arrayBuffer());
    expect(body.length).toBeLessThan(STYLE.length / 10);
    expect(gunzipSync(body).toString()).toBe(STYLE);
  });

  it.each(['', 'br', 'gzip;q=0', 'gzip; q=0.0, br', 'x-gzipped'])('is not for who says %j', async (coding) => {
    const ask = await asking();
    const response = await ask({ 'accept-encoding': coding });
    expect(encodingOf(response)).toEqual([null, 'accept-encoding']);
    expect(await response.text()).toBe(STYLE);
  });

  it.each(['GZIP', 'gzip;q=0.5', 'br , gzip ; q=1.0'])('is for who says %j', async (coding) => {
    expect(encodingOf(await (await asking())({ 'accept-encoding': coding }))[0]).toBe('gzip');
  });

  it('has an ETag for each of the two', async () => {
    const ask = await asking();
    const plain = (await ask()).headers.get('etag')!;
    const gzip = (await ask({ 'accept-encoding': 'gzip' })).headers.get('etag')!;
    expect(gzip).not.toBe(plain);
    const statusOf = async (etag: string, coding: string): Promise<number> =>
      (await ask({ 'if-none-match': etag, 'accept-encoding': coding })).status;
    expect([await statusOf(plain, ''), await statusOf(gzip, 'gzip')]).toEqual([304, 304]);
    expect([await statusOf(plain, 'gzip'), await statusOf(gzip, '')]).toEqual([200, 200]);
  });
});
