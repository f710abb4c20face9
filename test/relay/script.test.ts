import { describe, expect, it } from 'vitest';
import { createScript } from '../../src/relay/script.ts';

const HERE = 'http://127.0.0.1:5566';
const files: Record<string, string> = { 'metlog.global.js': 'window.metlog={}', 'metlog.stub.js': 'stub()' };

function scriptOver(built: Record<string, string> = files) {
  const reads: string[] = [];
  const script = createScript(async (name) => {
    reads.push(name);
    const text = built[name];
    if (text === undefined) throw new Error(`ENOENT /secret/${name}`);
    return new TextEncoder().encode(text);
  });
  const get = async (path: string, init?: RequestInit): Promise<Response> =>
    (await script(new Request(HERE + path, init)))!;
  return { script, get, reads };
}

describe('the script for pages', () => {
  it.each([
    ['/metlog.js', 'window.metlog={}'],
    ['/metlog.stub.js?v=1', 'stub()'],
  ])('is served at %s to pages of every origin', async (path, text) => {
    const response = await scriptOver().get(path);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(text);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
    });
  });

  it('is read once, and not sent again to whoever has it', async () => {
    const { get, reads } = scriptOver();
    const etag = (await get('/metlog.js')).headers.get('etag')!;
    expect(etag).toMatch(/^"[\da-f]{32}"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const response = await get('/metlog.js', { headers: { 'if-none-match': known } });
      expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([304, etag, '']);
    }
    expect((await get('/metlog.js', { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    expect(reads).toEqual(['metlog.global.js']);
  });

  it('has another tag when it is another', async () => {
    const { get } = scriptOver({ 'metlog.global.js': 'a', 'metlog.stub.js': 'b' });
    expect((await get('/metlog.js')).headers.get('etag')).not.toBe((await get('/metlog.stub.js')).headers.get('etag'));
  });

  it('is not found, in a plain sentence, where it is not built', async () => {
    const response = await scriptOver({}).get('/metlog.js');
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: 'metlog.global.js is not among the built files',
      code: 'not-found',
    });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('takes GET and HEAD, and leaves other paths to others', async () => {
    const { script, get } = scriptOver();
    const head = await get('/metlog.js', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await get('/metlog.js', { method: 'POST' })).status).toBe(405);
    expect(await script(new Request(`${HERE}/metlog.css`))).toBeNull();
  });
});
