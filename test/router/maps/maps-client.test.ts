import { EventEmitter } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMaps, type MapsThread } from '../../../src/router/maps/maps-client.ts';
import { IDS_FOLDER, releaseFolder } from '../../../src/router/maps/map-names.ts';
import type { ToMaps } from '../../../src/router/maps/maps-protocol.ts';
import { createManualPlatform } from '../../../src/testing/index.ts';
import { temporaryFolder } from '../support/folder.ts';

async function openMaps(...folders: readonly string[]) {
  const dir = join(await temporaryFolder(), 'maps');
  for (const folder of folders) await mkdir(join(dir, folder), { recursive: true });
  const platform = createManualPlatform();
  const troubles: string[] = [];
  const threads: { readonly events: EventEmitter; readonly asked: ToMaps[] }[] = [];
  const maps = createMaps(dir, {
    clock: platform,
    onTrouble: (text) => troubles.push(text),
    startThread() {
      const events = new EventEmitter();
      const asked: ToMaps[] = [];
      threads.push({ events, asked });
      const thread = {
        postMessage: (message: ToMaps) => void asked.push(message),
        terminate: () => Promise.resolve(0),
      };
      return Object.assign(events, thread) as unknown as MapsThread;
    },
  });
  return { dir, maps, platform, troubles, threads };
}

const frames = [{ filename: 'https://a.example/app.js', lineno: 1, colno: 1, in_app: true }];
const query = { release: '1.0', debugIds: {}, frames };

describe('createMaps', () => {
  it('says at a glance whether there may be a map, and looks again a second later', async () => {
    const { dir, maps, platform, threads } = await openMaps();
    expect(maps.mayHave(query)).toBe(false);
    await mkdir(join(dir, releaseFolder('1.0')), { recursive: true });
    expect(maps.mayHave(query)).toBe(false);
    platform.advance(1_000);
    expect(maps.mayHave(query)).toBe(true);
    expect(maps.mayHave({ ...query, release: '1.1' })).toBe(false);
    expect(maps.mayHave({ ...query, release: undefined })).toBe(false);
    await mkdir(join(dir, IDS_FOLDER, '0f0e0d0c-0b0a-8908-8706-050403020100'), { recursive: true });
    for (const [id, may] of [
      ['0f0e0d0c0b0a89088706050403020100', true],
      ['1f0e0d0c0b0a89088706050403020100', false],
      ['..', false],
    ] as const)
      expect(maps.mayHave({ release: undefined, debugIds: { 'app.js': id } })).toBe(may);
    expect(threads).toHaveLength(0);
  });

  it('answers with what the thread found', async () => {
    const { maps, threads } = await openMaps();
    const finding = maps.find(query);
    const [{ events, asked }] = threads as [(typeof threads)[number]];
    expect(asked).toMatchObject([{ query }]);
    const found = [{ filename: 'cart.ts', in_app: true }];
    events.emit('message', { kind: 'found', id: asked[0]!.id, frames: found });
    expect(await finding).toEqual(found);
    expect(maps.stats()).toEqual({ asked: 1, broken: 0, late: 0 });
  });

  it('leaves the frames as they are when no answer comes, and asks no more than the thread can hold', async () => {
    const { maps, platform, threads } = await openMaps(releaseFolder('1.0'));
    const finding = Array.from({ length: 1_000 }, () => maps.find(query));
    platform.advance(5_000);
    for (const found of await Promise.all(finding)) expect(found).toBe(frames);
    expect(maps.stats()).toEqual({ asked: 1_000, broken: 0, late: 1_000 });
    expect(maps.mayHave(query)).toBe(false);
    const [{ events, asked }] = threads as [(typeof threads)[number]];
    events.emit('message', { kind: 'found', id: asked[0]!.id, frames });
    expect(maps.mayHave(query)).toBe(true);
  });

  it('goes on with another thread, a while after one has ended', async () => {
    const { maps, platform, threads, troubles } = await openMaps(releaseFolder('1.0'));
    const finding = maps.find(query);
    threads[0]!.events.emit('error', new Error('out of memory'));
    threads[0]!.events.emit('exit', 1);
    expect(await finding).toBe(frames);
    expect(troubles).toEqual([expect.stringContaining('out of memory')]);
    expect(maps.mayHave(query)).toBe(false);
    platform.advance(10_000);
    expect(maps.mayHave(query)).toBe(true);
    void maps.find(query);
    expect(threads).toHaveLength(2);
  });

  it('counts broken maps, and tells of them', async () => {
    const { maps, threads, troubles } = await openMaps();
    void maps.find(query);
    threads[0]!.events.emit('message', { kind: 'broken', text: 'a map' });
    expect([troubles, maps.stats().broken]).toEqual([['a map'], 1]);
  });

  it('lets go of who waits when it is closed', async () => {
    const { maps, troubles, threads } = await openMaps();
    const finding = maps.find(query);
    await maps.close();
    threads[0]!.events.emit('exit', 1);
    expect(await finding).toBe(frames);
    expect(troubles).toEqual([]);
  });
});
