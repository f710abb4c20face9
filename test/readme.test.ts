import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { OPTION_VARIABLES } from '../src/core/env-options.ts';
import { OPTION_NAMES } from '../src/core/option-rules.ts';
import { OPTION_DEFAULTS } from '../src/core/options.ts';
import { DEFAULT_DEST } from '../src/node/dest.ts';
import { RELAY_LIMITS } from '../src/relay/relay-options.ts';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The cells of the table rows below a heading. */
function rows(heading: string): readonly (readonly string[])[] {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** Names between backquotes, up to a bracket or a space. */
const names = (cell: string): string[] => [...cell.matchAll(/`([A-Za-z_]+)[^`]*`/g)].map((match) => match[1]!);

/** What an entry exports but types: by a list, or where it is declared. */
function exportedValues(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true);
  return source.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) {
      const { exportClause, isTypeOnly } = statement;
      if (isTypeOnly || !exportClause || !ts.isNamedExports(exportClause)) return [];
      return exportClause.elements.filter((element) => !element.isTypeOnly).map((element) => element.name.text);
    }
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
    if (!isExported) return [];
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.map(({ name }) => name.getText(source));
    return (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name
      ? [statement.name.text]
      : [];
  });
}

describe('the README', () => {
  const ENTRIES: Record<string, string> = {
    metlog: 'src/node/index.ts',
    'metlog/captures': 'src/browser/captures/index.ts',
    'metlog/react': 'src/bindings/react.ts',
    'metlog/vue': 'src/bindings/vue.ts',
    'metlog/relay': 'src/relay/index.ts',
    'metlog/router': 'src/router/index.ts',
    'metlog/testing': 'src/testing/index.ts',
  };
  const listed = new Map<string, string[]>();
  let entry = '';
  for (const [importCell, nameCell] of rows('Exports')) {
    entry = /`([^`]+)`/.exec(importCell!)?.[1] ?? entry;
    listed.set(entry, [...(listed.get(entry) ?? []), ...names(nameCell!)]);
  }

  it.each(Object.entries(ENTRIES))('lists exactly what %s exports', (name, file) => {
    expect([...new Set(listed.get(name))].sort()).toEqual(exportedValues(file).sort());
  });

  it('lists every import that the package has', () => {
    const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      exports: Record<string, unknown>;
    };
    const imports = Object.keys(exports).filter((path) => path !== './package.json');
    for (const path of imports) expect(readme).toContain(`\`${path === '.' ? 'metlog' : `metlog${path.slice(1)}`}\``);
  });

  it('lists exactly the limits of the relay, and their defaults', () => {
    const limits = rows('The relay')
      .map(([option, , stated]) => [/^`limits\.(\w+)`$/.exec(option!)?.[1], stated])
      .filter(([name]) => name !== undefined);
    expect(limits).toEqual(Object.entries(RELAY_LIMITS).map(([name, value]) => [name, `\`${value}\``]));
  });

  it('lists exactly the options, their defaults and variables', () => {
    const options = rows('Options');
    expect(options.map(([option]) => names(option!)[0])).toEqual(OPTION_NAMES);
    const defaults: Record<string, unknown> = { ...OPTION_DEFAULTS, dest: DEFAULT_DEST };
    for (const [option, , stated, variable] of options) {
      const name = names(option!)[0]!;
      if (name in defaults) expect(stated, name).toBe(`\`${String(defaults[name])}\``);
      const known = OPTION_VARIABLES[name as keyof typeof OPTION_VARIABLES]?.variable;
      expect(variable, name).toBe(known === undefined ? '' : `\`${known}\``);
    }
  });
});
