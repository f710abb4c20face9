import { types } from 'node:util';
import { setOwn, type JsonObject, type JsonValue } from '../../core/json.ts';
import { ownValue, plainValue, type Allowance } from './plain-value.ts';

/** Variables kept of one frame, the innermost first. */
const MAX_VARIABLES = 25;
/** What Node gives every CommonJS module, and what repeats the parameters. */
const COMMON: ReadonlySet<string> = new Set(['exports', 'require', 'module', '__filename', '__dirname', 'arguments']);

/** Variables by name, as the debugger shows them; changing them changes nothing. */
export interface ScopeValues {
  /** `local`, `block`, `closure`, `module`, … https://chromedevtools.github.io/devtools-protocol/v8/Debugger/#type-Scope */
  readonly type: string;
  readonly values: object;
}

/** The variables that a frame sees, an inner one before an outer one of its name, with `this` where it is an object; functions of outer scopes are left out. */
export function variablesOf(self: unknown, scopes: readonly ScopeValues[], allowance: Allowance): JsonObject {
  const variables: Record<string, JsonValue> = {};
  let count = 0;
  if (typeof self === 'object' && self !== null && self !== globalThis) {
    variables['this'] = plainValue(self, allowance);
    count += 1;
  }
  const seen = new Set<string>();
  for (const { type, values } of scopes) {
    if (types.isProxy(values)) continue; // what a `with` statement was given
    const isOuter = !INNER.has(type);
    for (const name of Object.keys(values)) {
      if (count >= MAX_VARIABLES || allowance.left <= 0) return variables;
      if (seen.has(name)) continue;
      seen.add(name);
      const value = ownValue(values, name);
      if (COMMON.has(name) || (isOuter && isScenery(value))) continue;
      setOwn(variables, name, plainValue(value, allowance));
      count += 1;
    }
  }
  return variables;
}

/** Scopes of the call itself. */
const INNER: ReadonlySet<string> = new Set(['local', 'block', 'catch', 'with', 'eval']);

/** What a module consists of rather than works with: functions, and objects that are sets of functions, such as what it imports. */
function isScenery(value: unknown): boolean {
  if (value === undefined || typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  if (types.isModuleNamespaceObject(value)) return true;
  // Data, of which to list the keys would take for ever.
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  const keys = Object.keys(value).slice(0, LOOKED_AT);
  return keys.filter((key) => typeof ownValue(value, key) === 'function').length > keys.length / 2;
}

/** Entries of an object that are looked at to tell what it is. */
const LOOKED_AT = 20;
