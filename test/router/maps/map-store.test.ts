import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseStack, type FullFrame } from '../../../src/core/stack.ts';
import type { MapQuery } from '../../../src/router/exceptions/map-lookup.ts';
import { createMapReader } from '../../../src/router/maps/map-reader.ts';
import { debugIdOf, idPath, mapPath, releaseFolder, scriptAddresses } from '../../../src/router/maps/map-names.ts';
import {
  createMapStore,
  type MapName,
  type MapStore,
  type MapStoreLimits,
  type Stored,
} from '../../../src/router/maps/map-store.ts';
import { temporaryFolder } from '../support/folder.ts';
import { buildSource, type Built } from './support/built.ts';

const ID = '0f0e0d0c-0b0a-8908-8706-050403020100';

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

const put = (store: MapStore, name: MapName, ...texts: readonly string[]): Promise<Stored> =>
  store.put(name, chunks(...texts));

async function openStore(limits?: MapStoreLimits) {
  const dir = join(await temporaryFolder(), 'maps');
  const broken: string[] = [];
  const reader = createMapReader(dir, { onBroken: (text) => broken.push(text) });
  return { dir, store: createMapStore(dir, limits), find: reader.find, broken };
}

/** A frame at the fault in this script, served at this address. */
const frameOf = ({ placeOf }: Built, filename = 'https://shop.example/assets/app.js') => {
  const { lineno, colno } = placeOf('new RangeError');
  return parseStack(`f@${filename}:${lineno}:${colno}`);
};

const query = (frames: MapQuery['frames'], release?: string, debugIds: MapQuery['debugIds'] = {}): MapQuery => ({
  frames,
  release,
  debugIds,
});

const places = (frames: readonly FullFrame[]): unknown => frames.map(({ filename, lineno }) => `${filename}:${lineno}`);

const SOURCE = `export function refuse(price: number) {\n  if (price < 0) throw new RangeError('negative');\n}\nrefuse(window.price);`;

describe('a map store and its reader', () => {
  it.each([
    ['its path', '/assets/app.js'],
    ['its address', 'https://shop.example/assets/app.js'],
  ])('find a map by release and %s', async (_, path) => {
    const { store, find } = await openStore();
    const built = await buildSource(SOURCE);
    const half = built.map.length >> 1;
    expect(await put(store, { release: '1.0', path }, built.map.slice(0, half), built.map.slice(half))).toEqual({
      status: 'stored',
      bytes: built.map.length,
      deletedReleases: 0,
    });
    expect(places(await find(query(frameOf(built), '1.0')))).toEqual(['cart.ts:2']);
    for (const other of [
      query(frameOf(built), '1.1'),
      query(frameOf(built)),
      query(frameOf(built, 'https://shop.example/b.js'), '1.0'),
    ])
      expect(await find(other)).toEqual(other.frames);
  });

  it('find a map by the debug id of its script, before release and path', async () => {
    const { store, find } = await openStore();
    const [one, other] = [await buildSource(SOURCE, 'one.ts'), await buildSource(SOURCE, 'other.ts')];
    await put(store, { release: '1.0', path: '/assets/app.js' }, one.map);
    await put(store, { release: '2.0', path: '/elsewhere.js', debugId: ID.toUpperCase() }, other.map);
    const frames = frameOf(one);
    const ids = { 'https://shop.example/assets/app.js': ID };
    expect(places(await find(query(frames, '1.0', ids)))).toEqual(['other.ts:2']);
    expect(places(await find(query(frames, undefined, ids)))).toEqual(['other.ts:2']);
    expect(
      places(await find(query(frames, '1.0', { 'https://shop.example/assets/app.js': ID.replace('f', 'e') }))),
    ).toEqual(['one.ts:2']);
  });

  it('find the newer of two maps of one script', async () => {
    const { store, find } = await openStore();
    const [one, other] = [await buildSource(SOURCE, 'one.ts'), await buildSource(SOURCE, 'other.ts')];
    const name = { release: '1.0', path: '/assets/app.js' };
    await put(store, name, one.map);
    expect(places(await find(query(frameOf(one), '1.0')))).toEqual(['one.ts:2']);
    await put(store, name, other.map);
    expect(places(await find(query(frameOf(one), '1.0')))).toEqual(['other.ts:2']);
  });

  it('keep nothing of a map that is too large, or breaks off', async () => {
    const { dir, store } = await openStore({ maxMapBytes: 10 });
    const name = { release: '1.0', path: '/app.js' };
    expect(await put(store, name, '12345', '67890')).toMatchObject({ status: 'stored' });
    expect(await put(store, name, '12345', '67890', '1')).toEqual({ status: 'refused', reason: 'too-large' });
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('x'));
      throw new Error('the connection is gone');
    }
    await expect(store.put(name, broken())).rejects.toThrow('the connection is gone');
    expect(await readdir(join(dir, releaseFolder('1.0')))).toHaveLength(1);
    expect(await readFile(join(dir, mapPath('1.0', '/app.js')), 'utf8')).toBe('1234567890');
  });

  it.each([
    ['', '/app.js', undefined],
    ['1.0', '', undefined],
    ['1'.repeat(2_049), '/app.js', undefined],
    ['1.0', '/'.repeat(2_049), undefined],
    ['1.0', '/app.js', '../../../etc/passwd'],
    ['1.0', '/app.js', ''],
  ])('refuse the name %j %j %j', async (release, path, debugId) => {
    const { store } = await openStore();
    expect(await put(store, { release, path, debugId }, '{}')).toEqual({ status: 'refused', reason: 'bad-name' });
  });

  it('write nowhere but in their folder, whatever the names say', async () => {
    const { dir, store } = await openStore();
    for (const name of ['../../x', '/etc/passwd', 'C:\\x', '..', '\0', 'a/../../b', '%2e%2e%2f'])
      await put(store, { release: name, path: name }, '{}');
    expect(await readdir(join(dir, '..'))).toEqual(['maps']);
    for (const name of await readdir(dir)) expect(name).toMatch(/^[\da-f]{32}$/);
  });

  it('read nothing outside of their folder, whatever a page says', async () => {
    const { dir, find, broken } = await openStore();
    const built = await buildSource(SOURCE);
    await mkdir(join(dir, 'ids'), { recursive: true });
    await writeFile(join(dir, 'secret.map'), built.map);
    await writeFile(join(dir, 'ids', ID), '../secret.map');
    const filename = 'https://shop.example/assets/app.js';
    for (const id of [ID, '../secret.map', '..', '/etc/passwd', 'x'.repeat(1e6)])
      expect(await find(query(frameOf(built), undefined, { [filename]: id }))).toEqual(frameOf(built));
    const hostile = frameOf(built, '../../../../etc/passwd');
    expect(await find(query(hostile, '../..', { __proto__: ID }))).toEqual(hostile);
    expect(broken).toEqual([]);
  });

  it('tell once of a map that cannot be read, and leave the frames as they are', async () => {
    const { dir, store, find, broken } = await openStore();
    const built = await buildSource(SOURCE);
    await put(store, { release: '1.0', path: '/assets/app.js' }, built.map.slice(0, 100));
    for (let time = 0; time < 3; time++) expect(await find(query(frameOf(built), '1.0'))).toEqual(frameOf(built));
    expect(broken).toEqual([expect.stringContaining(join(dir, mapPath('1.0', '/assets/app.js')))]);
    await put(store, { release: '1.0', path: '/assets/app.js' }, built.map);
    expect(places(await find(query(frameOf(built), '1.0')))).toEqual(['cart.ts:2']);
  });

  it('keep the releases that got a map last', async () => {
    const { dir, store, find } = await openStore({ maxReleases: 2 });
    const built = await buildSource(SOURCE);
    const putRelease = async (release: string, debugId: string): Promise<unknown> => {
      const stored = await put(store, { release, path: '/assets/app.js', debugId }, built.map);
      return stored.status === 'stored' ? stored.deletedReleases : stored;
    };
    const ids = ['1', '2', '3'].map((digit) => ID.replace(/^0/, digit));
    expect(await putRelease('1', ids[0]!)).toBe(0);
    expect(await putRelease('2', ids[1]!)).toBe(0);
    await utimes(join(dir, releaseFolder('1')), 1_000, 1_000);
    await utimes(join(dir, releaseFolder('2')), 2_000, 2_000);
    expect(await putRelease('3', ids[2]!)).toBe(1);
    expect(await find(query(frameOf(built), '1'))).toEqual(frameOf(built));
    for (const release of ['2', '3']) expect(places(await find(query(frameOf(built), release)))).toEqual(['cart.ts:2']);
    expect(await readdir(join(dir, 'ids'))).toEqual(ids.slice(1));
    expect(await readFile(idPath(dir, ids[1]!), 'utf8')).toBe(mapPath('2', '/assets/app.js'));
  });

  it('delete the oldest releases when all take too much', async () => {
    const { dir, store } = await openStore({ maxBytes: 10 });
    await put(store, { release: '1', path: '/a.js' }, '123456');
    await utimes(join(dir, releaseFolder('1')), 1_000, 1_000);
    expect(await put(store, { release: '2', path: '/a.js' }, '123456')).toMatchObject({ deletedReleases: 1 });
    expect(await readdir(dir)).toEqual([releaseFolder('2')]);
  });
});

describe('scriptAddresses', () => {
  it.each([
    ['https://shop.example/a/b.js?v=1#x', ['https://shop.example/a/b.js', '/a/b.js']],
    ['webpack-internal:///./src/a.js', ['webpack-internal:///./src/a.js', '/./src/a.js']],
    ['/srv/app/a.js', ['/srv/app/a.js']],
    ['https://shop.example', ['https://shop.example']],
    ['', []],
    ['/'.repeat(2_049), []],
  ])('of %j', (filename, addresses) => {
    expect(scriptAddresses(filename)).toEqual(addresses);
  });
});

describe('debugIdOf', () => {
  it('takes UUIDs in any spelling, and nothing else', () => {
    expect(debugIdOf(ID)).toBe(ID);
    expect(debugIdOf(ID.toUpperCase().replaceAll('-', ''))).toBe(ID);
    for (const text of ['', 'x', `${ID}0`, ID.slice(1), `../${ID.slice(3)}`, '-'.repeat(36)])
      expect(debugIdOf(text)).toBeUndefined();
  });
});
