import { originalPositionFor, sourceContentFor, traceSegment, type TraceMap } from '@jridgewell/trace-mapping';
import { parse, type Node, type Options, type Position } from 'acorn';
import { isRecord } from '../core/json.ts';
import type { Scopes } from '../router/maps/scopes.ts';

/**
 * The functions of a built script, with the names that they have in its source. A map alone does not say them: its names are those of the tokens, and
 * the token where an error is thrown is not the name of the function around it. Undefined for text that is no JavaScript.
 */
export function functionScopes(script: string, map: TraceMap): Scopes | undefined {
  const program = parseScript(script);
  if (program === undefined) return undefined;
  const names = new Map<string, number>();
  const functions: number[] = [];
  const lines = new Map<string, readonly string[]>(); // of each source

  function add({ loc }: Node, name: string): void {
    if (!loc) return;
    let index = name === '' ? -1 : names.get(name);
    if (index === undefined) names.set(name, (index = names.size));
    functions.push(loc.start.line - 1, loc.start.column, loc.end.line - 1, loc.end.column, index);
  }

  /** `given`: what this is called by where it stands; `className`: the class around. */
  function visit(node: Node, given: string, className: string): void {
    const named = node as NamedNode;
    const own = named.id?.type === 'Identifier' ? nameOf(named.id) : given;
    if (IS_FUNCTION.test(node.type)) add(node, own);
    const inner = IS_CLASS.test(node.type) ? own : className;
    for (const [child, called] of childrenOf(node, inner)) visit(child, called, inner);
  }

  function childrenOf(node: Node, className: string): readonly (readonly [Node, string])[] {
    const named = node as NamedNode;
    const value = named.init ?? named.right ?? named.value;
    return nodesIn(node).map((child) => [child, child === value ? nameFrom(named, className) : '']);
  }

  /** What a value is called that stands in this node. */
  function nameFrom(node: NamedNode, className: string): string {
    switch (node.type) {
      case 'VariableDeclarator':
        return node.id?.type === 'Identifier' ? nameOf(node.id) : '';
      case 'AssignmentExpression':
      case 'AssignmentPattern':
        return node.left === undefined
          ? ''
          : nameOf(node.left.type === 'MemberExpression' ? keyOf(node.left) : node.left);
      case 'Property':
      case 'PropertyDefinition':
        return nameOf(keyOf(node));
      case 'MethodDefinition':
        return node.kind === 'constructor' ? className : nameOf(keyOf(node));
      default:
        return '';
    }
  }

  /** The name in the source: as the map says, else what stands there, else as it is here. */
  function nameOf(node: NamedNode | undefined): string {
    if (node?.loc == null) return '';
    const here = typeof node.name === 'string' ? node.name : typeof node.value === 'string' ? node.value : '';
    if (here === '') return '';
    const written = node.type === 'PrivateIdentifier' ? `#${here}` : here;
    return sourceName(node.loc.start) ?? written;
  }

  function sourceName({ line, column }: Position): string | undefined {
    // Only what begins exactly here is this name's; what lies before it may be anything.
    if (traceSegment(map, line - 1, column)?.[0] !== column) return undefined;
    const original = originalPositionFor(map, { line, column });
    if (original.source === null) return undefined;
    if (typeof original.name === 'string') return original.name; // an index may be of none
    const text = linesOf(original.source)[original.line - 1];
    return /^#?[\p{ID_Start}$_][\p{ID_Continue}$]*/u.exec(text?.slice(original.column) ?? '')?.[0];
  }

  function linesOf(source: string): readonly string[] {
    let known = lines.get(source);
    if (known === undefined) lines.set(source, (known = (sourceContentFor(map, source) ?? '').split('\n')));
    return known;
  }

  try {
    visit(program, '', '');
  } catch (error) {
    if (error instanceof RangeError) return undefined; // nested deeper than the stack
    throw error;
  }
  return { names: [...names.keys()], functions };
}

/** What of a node is looked at. https://github.com/estree/estree */
interface NamedNode extends Node {
  readonly id?: NamedNode | null;
  readonly init?: NamedNode | null;
  readonly left?: NamedNode;
  readonly right?: NamedNode;
  readonly key?: NamedNode;
  readonly property?: NamedNode;
  readonly computed?: boolean;
  readonly kind?: string;
  readonly name?: unknown;
  readonly value?: unknown;
}

const IS_FUNCTION = /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/;
const IS_CLASS = /^Class(?:Declaration|Expression)$/;

const keyOf = ({ computed, key, property }: NamedNode): NamedNode | undefined =>
  computed === true ? undefined : (key ?? property);

/** In the order of the text: functions are found by where they begin. */
function nodesIn(node: Node): readonly Node[] {
  const found: Node[] = [];
  for (const value of Object.values(node) as unknown[]) {
    if (Array.isArray(value)) found.push(...(value as unknown[]).filter(isNode));
    else if (isNode(value)) found.push(value);
  }
  return found.sort((one, other) => one.start - other.start);
}

const isNode = (value: unknown): value is Node =>
  isRecord(value) && typeof value['type'] === 'string' && 'start' in value;

function parseScript(script: string): Node | undefined {
  const options: Options = { ecmaVersion: 'latest', locations: true, allowHashBang: true, sourceType: 'module' };
  for (const sourceType of ['module', 'script'] as const) {
    try {
      return parse(script, { ...options, sourceType });
    } catch (error) {
      if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
    }
  }
  return undefined;
}
