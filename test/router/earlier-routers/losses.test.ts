import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { headerLine, legacyMessage, messageLine } from '../support/lines.ts';
import { range, sorted } from '../support/numbered.ts';
import { archived, memorySink, runRouter, sendRaw, sinkLines, untilAccepted } from '../support/running-router.ts';

// What routers of Metlog got wrong before this one, each held against the whole of it: datagrams to the receiving thread, routes, sinks, archive.

/** A text in which no part is like another: none of it can go, or change places, without being seen. */
function textOf(length: number): string {
  let text = '';
  for (let i = 0; text.length < length; i++) text += `${i} `;
  return text.slice(0, length);
}

describe('a long message', () => {
  it('is whole in every sink and in the archive, below 60,000 bytes and past it', async () => {
    const path = join(await temporaryFolder(), 'all.ndjson');
    const { router, config, connect } = await runRouter({
      sinks: { all: { kind: 'file', path } },
      routes: [{ match: { type: 'long' }, to: ['all'] }],
    });
    const texts = [59_900, 59_999, 60_000, 60_001, 65_536, 250_000].map(textOf);
    const metlog = connect();
    for (const payload of texts) metlog.send('long', { payload });
    expect(await metlog.flush(10_000)).toBe(true);
    // The longest that a datagram holds without chunks, from a client that knows none.
    const empty = legacyMessage({ type: 'long' });
    texts.push(textOf(65_507 - Buffer.byteLength(empty)));
    await sendRaw(router, legacyMessage({ type: 'long', payload: texts.at(-1) }));
    texts.push(textOf(1_000_000));
    const body = [headerLine(), messageLine('', { type: 'long', payload: texts.at(-1) }), ''].join('\n');
    expect(await router.accept(Buffer.from(body), 'http')).toMatchObject({ accepted: 1 });

    await expect.poll(() => sinkLines(path).catch(() => [])).toHaveLength(texts.length);
    const inSink = (await sinkLines(path)).map(({ payload }) => payload);
    await router.close();
    const inArchive = (await archived(config.dataDir, 'payload', "type = 'long'")).map(({ payload }) => payload);
    const byLength = (all: readonly unknown[]): readonly unknown[] =>
      [...all].sort((a, b) => String(a).length - String(b).length);
    // Not compared as a whole: nobody wants to read the difference.
    for (const found of [inSink, inArchive]) {
      expect(found.map((text) => String(text).length).sort()).toEqual(texts.map(({ length }) => length).sort());
      expect(byLength(found).every((text, i) => text === byLength(texts)[i])).toBe(true);
    }
  });

  it('that no datagrams can carry says that it was shortened', async () => {
    const { sink, factory } = memorySink();
    const { connect } = await runRouter({
      sinks: { all: factory },
      routes: [{ match: { type: 'long' }, to: ['all'] }],
    });
    const metlog = connect({ onError: () => undefined });
    const payload = textOf(400_000);
    metlog.send('long', { payload });
    await metlog.flush(10_000);
    await expect.poll(() => sink.messages).toHaveLength(1);
    expect(sink.messages[0]?.payload.length).toBeLessThan(payload.length);
    expect(sink.messages[0]?.metadata).toHaveProperty('truncated');
  });
});

/** Messages that pass through files that are rotated each hundred or so. */
const COUNT = 10_000;

describe('rotation', () => {
  it('loses no line, breaks none and doubles none, under load and when others move the file away', async () => {
    const dir = await temporaryFolder();
    const path = join(dir, 'all.ndjson');
    const { router, connect } = await runRouter({
      sinks: { all: { kind: 'file', path, maxBytes: 20_000, keep: 1_000 } },
      routes: [{ match: { type: 'order.placed' }, to: ['all'] }],
    });
    const metlog = connect();
    await mkdir(join(dir, 'moved'));
    for (let n = 0; n < COUNT; n++) {
      metlog.send('order.placed', { metadata: { n } });
      if (n % 500 !== 499) continue;
      await metlog.flush();
      await untilAccepted(router, n + 1);
      if (n % 2_000 !== 1_999) continue;
      // Between two rotations there is no file for a moment.
      const target = join(dir, 'moved', `all.ndjson.${n}`);
      await expect.poll(() => rename(path, target), { interval: 1 }).toBeUndefined();
    }
    await expect
      .poll(async () => (await router.stats()).sinks['all'])
      .toMatchObject({ routed: COUNT, delivered: COUNT, failures: 0 });
    const rotated = await sinkLines(path);
    const found = [...rotated, ...(await sinkLines(join(dir, 'moved', 'all.ndjson')))];
    expect(found).toHaveLength(COUNT);
    expect(sorted(found.map(({ metadata }) => Number(metadata['n'])))).toEqual(range(0, COUNT));
    // What nobody moved stands in the order in which it came.
    const offsets = rotated.map(({ offset }) => offset);
    expect(offsets).toEqual(sorted(offsets));
    expect(rotated.length).toBeGreaterThan(COUNT / 2);
  });
});
