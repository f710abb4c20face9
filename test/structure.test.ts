import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const SRC = join(ROOT, 'src');

/** Which folders of ours each folder may import, beside itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  node: ['core'],
  browser: ['core'],
  bindings: ['core', 'node', 'browser'],
  relay: ['core'],
  store: ['core'],
  router: ['core'],
  report: ['core', 'store'],
  testing: ['core', 'node', 'router'],
  cli: ['core', 'node', 'relay', 'store', 'router', 'report'],
};
/** Folders in them that may import more. */
const EXCEPTIONS: Record<string, readonly string[]> = { 'router/archive': ['store'] };

/** Packages that each folder may import; node: modules are for those with `node`. */
const PACKAGES: Record<string, readonly string[]> = {
  core: ['zod/mini'],
  node: ['node', '@jridgewell/trace-mapping', 'zod/mini'],
  browser: ['web-vitals'],
  bindings: ['node', 'react', 'vue'],
  relay: ['node', '@hono/node-server'],
  store: ['node', '@aws-sdk/client-s3', '@duckdb/node-api', 'zod/mini'],
  router: ['node', 'zod/mini', '@sentry/core', '@jridgewell/trace-mapping'],
  report: ['node', 'hono', 'zod/mini', 'preact', '@preact/signals', 'uplot', '@codemirror'],
  testing: ['node'],
  cli: ['node', '@hono/node-server', '@jridgewell/trace-mapping', 'acorn', 'hono', 'jiti', 'zod/mini'],
};

const TOP_LEVEL = [
  '.ci',
  '.gitignore',
  '.prettierignore',
  '.prettierrc.json',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'LICENSE',
  'README.md',
  'eslint.config.js',
  'examples',
  'package-lock.json',
  'package.json',
  'src',
  'test',
  'tsconfig.json',
  'tsup.config.ts',
  'vitest.config.ts',
];

interface SourceFile {
  /** Path below src, with `/`. */
  readonly path: string;
  readonly folder: string;
  readonly imports: readonly { readonly specifier: string }[];
}

function readSources(): readonly SourceFile[] {
  return (readdirSync(SRC, { recursive: true }) as string[])
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => {
      const text = readFileSync(join(SRC, path), 'utf8');
      const parsed = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
      const imports: { specifier: string }[] = [];
      const visit = (node: ts.Node): void => {
        if (
          (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
          node.moduleSpecifier &&
          ts.isStringLiteral(node.moduleSpecifier)
        ) {
          imports.push({ specifier: node.moduleSpecifier.text });
        } else if (
          ts.isCallExpression(node) &&
          node.expression.kind === ts.SyntaxKind.ImportKeyword &&
          ts.isStringLiteral(node.arguments[0]!)
        ) {
          imports.push({ specifier: node.arguments[0].text });
        }
        ts.forEachChild(node, visit);
      };
      visit(parsed);
      const unix = path.split(sep).join('/');
      return { path: unix, folder: unix.split('/')[0]!, imports };
    });
}

const sources = readSources();

/** The path below src that a relative import names, or null for a package. */
function target(file: SourceFile, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  return relative(SRC, resolve(SRC, dirname(file.path), specifier))
    .split(sep)
    .join('/');
}

describe('the source', () => {
  it('is found by this test', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(new Set(sources.map((file) => file.folder))).toEqual(new Set(Object.keys(MAY_IMPORT)));
  });

  it.each(sources)('$path imports only what its folder may', (file) => {
    const folders = [file.folder, ...MAY_IMPORT[file.folder]!, ...(EXCEPTIONS[dirname(file.path)] ?? [])];
    for (const { specifier } of file.imports) {
      const path = target(file, specifier);
      if (path !== null) {
        expect(folders, `${file.path} imports ${specifier}`).toContain(path.split('/')[0]);
        expect(path.endsWith('/index.ts'), `${file.path} imports a package entry, ${specifier}`).toBe(false);
        continue;
      }
      const allowed = PACKAGES[file.folder]!;
      const isBuiltin = specifier.startsWith('node:');
      expect(builtinModules, `${specifier} is imported without node:`).not.toContain(specifier);
      const permitted = isBuiltin
        ? allowed.includes('node')
        : allowed.some((name) => specifier === name || specifier.startsWith(`${name}/`));
      expect(permitted, `${file.path} imports ${specifier}`).toBe(true);
    }
  });

  it('has no import cycle', () => {
    const edges = new Map(
      sources.map((file) => [
        file.path,
        file.imports.flatMap(({ specifier }) => {
          const path = target(file, specifier);
          return path === null ? [] : [path];
        }),
      ]),
    );
    const done = new Set<string>();
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path))
        throw new Error(`an import cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' → ')}`);
      if (done.has(path)) return;
      for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    };
    for (const file of sources) visit(file.path, []);
  });

  it('has no default export and no export *', () => {
    for (const file of sources) {
      const text = readFileSync(join(SRC, file.path), 'utf8');
      expect(text, file.path).not.toMatch(/^export (?:default|\*)/m);
    }
  });
});

describe('the top level', () => {
  it('holds what the design lists and nothing else', () => {
    const tracked = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' })
      .split('\n')
      .filter(Boolean)
      .map((path) => path.split('/')[0]!);
    for (const entry of new Set(tracked)) expect(TOP_LEVEL, entry).toContain(entry);
  });
});
