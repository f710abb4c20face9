import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import type { Site } from './site.ts';

// As it is built: what pages load here is what is published.

export const readDist = (name: string): Promise<string> => readFile(resolve('dist', name), 'utf8');

/** The hash of a script, as an `integrity` attribute has it. */
export const integrityOf = (script: string): string => `sha384-${createHash('sha384').update(script).digest('base64')}`;

/** A module that imports `metlog/browser`, with all that it imports in one classic script. */
export async function bundle(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: process.cwd() }, // where the package finds itself by its name
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    write: false,
  });
  return outputFiles[0]!.text;
}

/** Puts the script-tag build on this site, and answers the tag for it, with these `data-` attributes. */
export async function scriptTag(site: Site, data: Readonly<Record<string, string>>): Promise<string> {
  site.put('/metlog.js', await readDist('metlog.global.js'));
  return `<script src="/metlog.js" ${attributes(data)}></script>`;
}

export const attributes = (data: Readonly<Record<string, string>>): string =>
  Object.entries(data)
    .map(([name, value]) => `data-${name}="${value}"`)
    .join(' ');
