import type { JsonObject } from '../../core/json.ts';
import type { ReceivedMessage } from '../received-message.ts';
import { compileMatch, type CompiledMatch } from './compile-match.ts';
import { createFieldMemo } from './field-memo.ts';
import { MATCH_FIELDS } from './match-key.ts';
import type { Route } from './route.ts';
import type { Routing } from './routing.ts';

/** Indices of sinks, ascending, each once; equal sets are one array. */
type Targets = readonly number[];

interface Rule extends CompiledMatch {
  readonly to: Targets;
}

/** A rule that only the message's metadata decides. */
interface OpenRule {
  meets(metadata: JsonObject): boolean;
  readonly to: Targets;
}

/** What the fields of a message say of it, whatever else is in it. */
interface Decision {
  readonly targets: Targets;
  readonly open: readonly OpenRule[];
}

/** Compiles routes that the configuration's check has let through; `sinkNames` in the order that `targets` numbers them. */
export function compileRoutes(routes: readonly Route[], sinkNames: readonly string[]): Routing {
  const { setOf, union } = createTargetSets();
  const indicesOf = (names: readonly string[]): Targets => setOf(names.map((name) => indexOf(name, sinkNames)));
  const nothing = setOf([]);
  const rules: Rule[] = [];
  let otherwise = nothing;
  for (const route of routes) {
    const to = indicesOf(route.to);
    if ('match' in route) rules.push({ ...compileMatch(route.match), to });
    else otherwise = union(otherwise, to);
  }

  function decide(message: ReceivedMessage): Decision {
    let targets = nothing;
    const open: OpenRule[] = [];
    for (const { meetsFields, meetsMetadata, to } of rules) {
      if (!meetsFields(message)) continue;
      if (meetsMetadata === undefined) targets = union(targets, to);
      else open.push({ meets: meetsMetadata, to });
    }
    // A rule that could add nothing need not be asked.
    const asked = open.filter(({ to }) => union(targets, to) !== targets);
    return { targets: asked.length === 0 && targets === nothing ? otherwise : targets, open: asked };
  }

  const fields = MATCH_FIELDS.filter((field) => rules.some((rule) => rule.fields.includes(field)));
  const decisionOf = createFieldMemo(fields, decide);

  return {
    sinks: sinkNames,
    targets(message) {
      const { targets, open } = decisionOf(message);
      if (open.length === 0) return targets;
      let reached = targets;
      for (const { meets, to } of open) if (meets(message.metadata)) reached = union(reached, to);
      return reached === nothing ? otherwise : reached;
    },
  };
}

/** Sets of sinks as arrays, one array for each set, so that they can be told apart by identity. */
function createTargetSets(): {
  setOf(indices: readonly number[]): Targets;
  union(a: Targets, b: Targets): Targets;
} {
  const sets = new Map<string, Targets>();
  const unions = new Map<Targets, Map<Targets, Targets>>();

  function setOf(indices: readonly number[]): Targets {
    const sorted = [...new Set(indices)].sort((a, b) => a - b);
    const key = sorted.join();
    const known = sets.get(key) ?? Object.freeze(sorted);
    sets.set(key, known);
    return known;
  }

  function union(a: Targets, b: Targets): Targets {
    const ofA = unions.get(a) ?? new Map<Targets, Targets>();
    unions.set(a, ofA);
    const known = ofA.get(b) ?? setOf([...a, ...b]);
    ofA.set(b, known);
    return known;
  }

  return { setOf, union };
}

function indexOf(name: string, sinkNames: readonly string[]): number {
  const index = sinkNames.indexOf(name);
  if (index === -1) throw new Error(`a route names the sink ${JSON.stringify(name)}, which does not exist`);
  return index;
}
