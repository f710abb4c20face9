import { AnyMap, decodedMappings, type TraceMap } from '@jridgewell/trace-mapping';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { functionScopes } from '../../src/cli/function-scopes.ts';
import { functionAt, type Scopes } from '../../src/router/maps/scopes.ts';

interface Script {
  readonly script: string;
  readonly map: TraceMap;
}

async function buildScript(source: string, mangleProps?: RegExp): Promise<Script> {
  const { outputFiles } = await build({
    stdin: { contents: source, sourcefile: 'a.ts', loader: 'ts' },
    bundle: true,
    minify: true,
    ...(mangleProps && { mangleProps }),
    sourcemap: 'external',
    outfile: 'out.js',
    write: false,
  });
  const [map, script] = ['.map', '.js'].map((end) => outputFiles.find(({ path }) => path.endsWith(end))!.text);
  return { script: script!, map: new AnyMap(map!) };
}

/** The name of the function around each mark, which is a string in the code. */
function namesAtMarks({ script }: Script, scopes: Scopes | undefined): Readonly<Record<string, string>> {
  const names: Record<string, string> = {};
  for (const { 0: mark, 1: name = '', index } of script.matchAll(/["'`]mark (\w+)["'`]/g)) {
    const before = script.slice(0, index + mark.length - 1).split('\n');
    names[name] = functionAt(scopes!, before.length - 1, before.at(-1)!.length);
  }
  return names;
}

const SOURCE = `
const say: any = (window as any).say;
function declared() { say('mark declaration'); }
const arrow = () => { say('mark arrow'); };
const expression = function () { say('mark expression'); };
const named = function inner() { say('mark named'); inner; };
let assigned: any; assigned = () => { say('mark assigned'); };
say.member = () => { say('mark member'); };
const { given = () => { say('mark given'); } } = say;
class Shop {
  field = () => { say('mark field'); };
  static fixed() { say('mark fixed'); }
  #hidden() { say('mark hidden'); }
  constructor() { say('mark constructor'); this.#hidden(); }
  order() { [1].forEach(() => { say('mark callback'); }); say('mark method'); }
  get total() { say('mark getter'); return 1; }
  [say.computed]() { say('mark computed'); }
}
const object = { method() { say('mark objectMethod'); }, property: () => { say('mark property'); }, 'with-dash': () => { say('mark dash'); } };
async function* generated() { say('mark generator'); function nested() { say('mark nested'); } nested(); }
say(declared, arrow, expression, named, assigned, given, Shop, new Shop(), object, generated, (() => { say('mark anonymous'); }));
say('mark outside');
`;

const NAMES = {
  declaration: 'declared',
  arrow: 'arrow',
  expression: 'expression',
  named: 'inner',
  assigned: 'assigned',
  member: 'member',
  given: 'given',
  field: 'field',
  fixed: 'fixed',
  hidden: '#hidden',
  constructor: 'Shop',
  callback: '',
  method: 'order',
  getter: 'total',
  computed: '',
  objectMethod: 'method',
  property: 'property',
  dash: 'with-dash',
  generator: 'generated',
  nested: 'nested',
  anonymous: '',
  outside: '',
};

describe('functionScopes', () => {
  it('knows the functions of a minified script by the names of its source', async () => {
    const built = await buildScript(SOURCE);
    expect(built.script).not.toMatch(/function (?:declared|inner|nested)/);
    // A bundler wraps a script for the page into a function without a name.
    expect(namesAtMarks(built, functionScopes(built.script, built.map))).toEqual(NAMES);
  });

  it('finds the names of properties that were renamed too', async () => {
    const built = await buildScript(SOURCE, /^(?:order|method|member|fixed)$/);
    expect(built.script).not.toMatch(/order\(|method\(|fixed\(/);
    expect(namesAtMarks(built, functionScopes(built.script, built.map))).toEqual(NAMES);
  });

  it('reads the source where the map has no names', async () => {
    const { script, map } = await buildScript(SOURCE);
    const { sources, sourcesContent } = map;
    const bare = new AnyMap({ version: 3, names: [], sources, sourcesContent, mappings: stripNames(map) } as never);
    expect(namesAtMarks({ script, map: bare }, functionScopes(script, bare))).toEqual(NAMES);
  });

  it('lists them in the order in which they begin', async () => {
    const { script, map } = await buildScript(SOURCE);
    const { functions } = functionScopes(script, map)!;
    const begins = functions
      .filter((_, index) => index % 5 === 0)
      .map((line, at) => line * 1e6 + functions[at * 5 + 1]!);
    expect(begins).toEqual([...begins].sort((one, other) => one - other));
  });

  it('says nothing of what is no JavaScript, or too deep for it', async () => {
    const { map } = await buildScript('window.x = 1');
    expect(functionScopes('<html>', map)).toBeUndefined();
    expect(functionScopes(`x(${'('.repeat(50_000)}1${')'.repeat(50_000)})`, map)).toBeUndefined();
    expect(functionScopes('with (window) { function f() {} }', map)).toMatchObject({ names: ['f'] });
  });
});

/** The same mappings without their names. */
const stripNames = (map: TraceMap): never =>
  decodedMappings(map).map((line) => line.map((segment) => segment.slice(0, 4))) as never;
