import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMetlog, type Metlog, type MetlogOptions } from '../../src/node/index.ts';
import type { Router, RouterConfig, SinkFactory } from '../../src/router/index.ts';
import { temporaryFolder } from './support/folder.ts';

// The receiving thread is a file of its own only once the package is built, which `npm test` does first.
type Built = Pick<typeof import('../../src/router/index.ts'), 'createRouter'>;
const built = '../../dist/router.js';
const { createRouter } = (await import(built)) as Built;

const SECRET = 'as long as it has to be';
const KEYS = { shop: { secret: SECRET } };

interface Running {
  readonly router: Router;
  readonly dataDir: string;
  connect(options?: MetlogOptions): Metlog;
  /** What the journal holds: with nobody to read it, all of it. */
  tapped(): string;
}

async function start(config: RouterConfig): Promise<Running> {
  const dataDir = await temporaryFolder();
  const router = await createRouter(
    { dataDir, udp: { port: 0 }, ...config },
    { warn: (text) => expect.unreachable(text) },
  );
  onTestFinished(() => router.close());
  let text = '';
  router.tap((piece) => (text += piece));
  return {
    router,
    dataDir,
    connect(options = {}) {
      const metlog = createMetlog({ logger: 'shop', dest: `udp://127.0.0.1:${router.address.port}`, ...options });
      onTestFinished(() => metlog.close());
      return metlog;
    },
    tapped: () => text,
  };
}

/** Messages in the journal's text of the application's own making. */
function messagesIn(text: string): readonly Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{"metlog"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ type }) => type !== 'metlog.report');
}

describe('a router with keys', () => {
  it('takes a signed exception of 200 KB, whole, and stamps it with its key', async () => {
    const { router, connect, tapped } = await start({ keys: KEYS });
    const metlog = connect({ secret: `shop:${SECRET}` });
    metlog.exception(new Error(`the basket ${'€'.repeat(35_000)}`), { metadata: { basket: 'of b1' } });
    expect(await metlog.flush()).toBe(true);
    await expect.poll(() => messagesIn(tapped())).toHaveLength(1);
    const [message] = messagesIn(tapped());
    expect(Buffer.byteLength(JSON.stringify(message))).toBeGreaterThan(190_000);
    expect(message).toMatchObject({ type: 'exception', metadata: { basket: 'of b1', exception: { type: 'Error' } } });
    expect(message?.['payload']).toContain(`Error: the basket ${'€'.repeat(35_000)}\n`);
    expect(message?.['metadata']).not.toHaveProperty('truncated');
    expect(JSON.parse(tapped().split('\n')[0]!)).toMatchObject({ via: 'udp', key: 'shop' });
    const { datagrams, chunks, refused, senders } = await router.stats();
    expect(chunks).toEqual({ pending: 0, joined: datagrams, duplicates: 0, incomplete: 0, overflow: 0, messages: 1 });
    expect(datagrams).toBeGreaterThan(10);
    expect([refused, senders.missing]).toEqual([{}, 0]);
  });

  it('takes the calls of an exception whose message is longer than is kept, and what was cut of it', async () => {
    const { connect, tapped } = await start({ keys: KEYS });
    const metlog = connect({ secret: `shop:${SECRET}` });
    metlog.exception(new Error('x'.repeat(200_000)));
    expect(await metlog.flush()).toBe(true);
    await expect.poll(() => messagesIn(tapped())).toHaveLength(1);
    const [message] = messagesIn(tapped());
    expect(message?.['payload']).toMatch(/^Error: x{60000,}…\n {4}at .*long-and-signed/);
    const { exception, truncated } = message?.['metadata'] as { exception: { frames: unknown[] }; truncated: unknown };
    expect(exception.frames.at(-1)).toMatchObject({ filename: import.meta.filename });
    expect(truncated).toEqual(['payload', 'metadata.exception.value']);
  });

  it('loses none of many long messages that are said at once', async () => {
    const { router, connect, tapped } = await start({ keys: KEYS });
    const metlog = connect({ secret: `shop:${SECRET}`, maxQueueBytes: 64 * 1024 * 1024 });
    for (let i = 0; i < 50; i++) metlog.send('long', { payload: 'x'.repeat(200_000), metadata: { i } });
    expect(await metlog.flush(20_000)).toBe(true);
    await expect.poll(() => messagesIn(tapped()).length).toBe(50);
    expect(await router.stats()).toMatchObject({ refused: {}, chunks: { messages: 50, incomplete: 0 } });
  });

  it('goes by other keys at once, also while a sink that is gone still has something in hand', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const hanging: SinkFactory = ({ name }) => ({
      name,
      write: () => held.then(() => ({})),
      close: () => Promise.resolve(),
    });
    const routes = [{ otherwise: true as const, to: ['slow'] }];
    const { router, connect, dataDir } = await start({ keys: KEYS, sinks: { slow: hanging }, routes });
    const revoked = connect({ secret: `shop:${SECRET}` });
    revoked.incr('first');
    await revoked.flush();
    await expect.poll(async () => (await router.stats()).sinks['slow']?.state).toBe('writing');
    const reloading = router.reload({ dataDir, udp: { port: 0 }, keys: { next: { secret: 'another secret, it is' } } });
    const next = connect({ secret: 'next:another secret, it is' });
    await expect
      .poll(
        async () => {
          next.incr('second');
          revoked.incr('too late');
          await Promise.all([next.flush(), revoked.flush()]);
          return (await router.stats()).refused['unknown-key'] ?? 0;
        },
        { timeout: 4_000 },
      )
      .toBeGreaterThan(1);
    const { accepted } = await router.stats();
    expect(accepted).toBeGreaterThan(1);
    release();
    await reloading;
  });

  it('goes by other keys after a reload, and shows no secret anywhere', async () => {
    const { router, connect, tapped, dataDir } = await start({ keys: KEYS });
    const metlog = connect({ secret: `shop:${SECRET}` });
    const stranger = connect({ secret: 'shop:not what the router has' });
    const say = async (who: Metlog, name: string): Promise<void> => {
      who.incr(name);
      await who.flush();
    };
    await say(metlog, 'first');
    await say(stranger, 'forged');
    await expect.poll(async () => (await router.stats()).refused).toEqual({ 'bad-signature': 1 });
    await router.reload({ dataDir, udp: { port: 0 }, keys: { shop: { secret: 'not what the router has' } } });
    await say(metlog, 'too late');
    await say(stranger, 'second');
    await expect.poll(() => messagesIn(tapped()).length).toBe(2);
    expect(messagesIn(tapped()).map(({ metadata }) => (metadata as { name: string }).name)).toEqual([
      'first',
      'second',
    ]);
    const stats = await router.stats();
    expect(stats.refused).toEqual({ 'bad-signature': 2 });
    await router.close();
    const files = await readdir(dataDir, { recursive: true, withFileTypes: true });
    const texts = files
      .filter((entry) => entry.isFile())
      .map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1'));
    for (const text of [JSON.stringify(stats), tapped(), ...(await Promise.all(texts))]) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain('not what the router has');
    }
  });
});
