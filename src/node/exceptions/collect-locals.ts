import inspector, { type Debugger, type Runtime } from 'node:inspector';
import type { CaptureContext } from '../../core/capture.ts';
import type { Cancel } from '../../core/platform.ts';
import { isInApp } from '../../core/stack.ts';
import { textOf } from '../../core/text-of.ts';
import { filePath } from './file-path.ts';
import { isDescribing, keepLocals, type PausedCall } from './locals.ts';
import { createPauseBudget } from './pause-budget.ts';
import { variablesOf, type ScopeValues } from './scope-variables.ts';
import { keepStacksUnwritten } from './unwritten-stacks.ts';

/** Calls of the application whose variables are kept, the innermost. */
const MAX_CALLS = 8;
/** Calls that are looked at for these. */
const MAX_DEPTH = 50;
/** Values kept of what one error's calls hold, and UTF-16 units of the texts among them: what a message carries beside its frames. */
const MAX_VALUES = 300;
const MAX_TEXT_LENGTH = 16_384;
/** How often it is looked whether a debugger has come, in milliseconds. */
const LOOK_MS = 1_000;

/** Where the function that takes variables out of the debugger is handed to it, for a moment. */
const TAKE_KEY = 'metlog.take';

type Users = { count: number; end: Cancel };
const USERS_KEY = Symbol.for('metlog.locals.users.1');

/**
 * Keeps the variables of the application's calls whenever something is thrown, for `localsOf`. A session of this very thread, so no port is opened; V8 stops
 * for each throw, 50 times a second at most. Does nothing where a debugger may be attached, and ends when one comes. One for all clients of a thread.
 */
export function collectLocals(context: Pick<CaptureContext, 'clock' | 'tell'>): Cancel {
  const holder = globalThis as { [USERS_KEY]?: Users | undefined };
  const users = (holder[USERS_KEY] ??= { count: 0, end: openSession(context) });
  users.count += 1;
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    users.count -= 1;
    if (users.count > 0) return;
    users.end();
    holder[USERS_KEY] = undefined;
  };
}

/** Scripts of the application that are known at a time. */
const MAX_SCRIPTS = 20_000;

function openSession({ clock, tell }: Pick<CaptureContext, 'clock' | 'tell'>): Cancel {
  if (inspector.url() !== undefined) return () => undefined;
  const session = new inspector.Session();
  /** The paths of the application's scripts. */
  const paths = new Map<string, string>();
  let takeId: Runtime.RemoteObjectId = '';
  let taken: readonly unknown[] = [];
  let cancelLook: Cancel | undefined;
  let isOpen = true;

  function pauseOn(state: 'all' | 'uncaught'): void {
    session.post('Debugger.setPauseOnExceptions', { state });
  }

  const budget = createPauseBudget(
    clock,
    (restMs) => {
      pauseOn('uncaught');
      tell(
        `so much is thrown that looking at local variables costs too much; of errors that are caught they are left out for ${restMs / 1000} s`,
      );
    },
    () => isOpen && pauseOn('all'),
  );

  /** V8 looks whether it is paused before it looks at the rest of the question. */
  function isPaused(): boolean {
    if (isDescribing()) return false;
    let answer = '';
    session.post('Debugger.evaluateOnCallFrame', { callFrameId: '0.0.0', expression: '' }, (error) => {
      answer = error?.message ?? '';
    });
    return !answer.includes('while paused');
  }

  function end(): void {
    if (!isOpen) return;
    isOpen = false;
    endUnwritten();
    cancelLook?.();
    budget.end();
    session.disconnect();
  }

  function look(): void {
    if (inspector.url() !== undefined) return end();
    cancelLook = clock.after(LOOK_MS, look);
  }

  /** The values behind the debugger's ids, in that order; none where they belong to another context of `vm`. */
  function valuesOf(ids: readonly Runtime.RemoteObjectId[]): readonly unknown[] {
    taken = [];
    session.post('Runtime.callFunctionOn', {
      objectId: takeId,
      functionDeclaration: 'function (...values) { this(values); }',
      arguments: ids.map((objectId) => ({ objectId })),
      silent: true,
    });
    const values = taken;
    taken = [];
    return values;
  }

  function keep({ callFrames, data }: Debugger.PausedEventDataType): void {
    const { objectId } = data as Runtime.RemoteObject;
    if (objectId === undefined) return; // a text or a number, by which nothing can be found again
    const own = callFrames.slice(0, MAX_DEPTH).filter(({ location }) => paths.has(location.scriptId));
    if (own.length === 0) return;
    const calls = own.slice(0, MAX_CALLS).map((call) => ({
      call,
      scopes: call.scopeChain.filter(({ type, object }) => type !== 'global' && object.objectId !== undefined),
    }));
    const ids = [objectId];
    for (const { call, scopes } of calls) {
      for (const { object } of scopes) ids.push(object.objectId ?? '');
      if (call.this.objectId !== undefined) ids.push(call.this.objectId);
    }
    const [thrown, ...values] = valuesOf(ids);
    if (typeof thrown !== 'object' || thrown === null) return;
    const allowance = { left: MAX_VALUES, textLeft: MAX_TEXT_LENGTH };
    let at = 0;
    const kept = calls.map(({ call, scopes }): PausedCall => {
      const seen = scopes.map(({ type }): ScopeValues => ({ type, values: values[at++] as object }));
      const self = call.this.objectId === undefined ? undefined : values[at++];
      return {
        function: call.functionName,
        filename: paths.get(call.location.scriptId) ?? '',
        lineno: call.location.lineNumber + 1,
        vars: variablesOf(self, seen, allowance),
      };
    });
    keepLocals(thrown, kept);
  }

  session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => {
    if (url === '') return;
    const path = filePath(url);
    if (!isInApp(path)) return;
    paths.set(scriptId, path);
    // Templates and the like may be compiled without end; of those, the oldest are of no use any more.
    const [oldest] = paths.size > MAX_SCRIPTS ? paths.keys() : [];
    if (oldest !== undefined) paths.delete(oldest);
  });
  session.on('Debugger.paused', ({ params }) => {
    if (inspector.url() !== undefined) {
      setImmediate(end); // not from within its own pause
      return;
    }
    if (params.reason !== 'exception' && params.reason !== 'promiseRejection') return;
    if (isDescribing()) return;
    const startedMs = clock.monotonic();
    try {
      keep(params);
    } catch (error) {
      tell(`local variables could not be read: ${textOf(error)}`);
    }
    budget.spend(clock.monotonic() - startedMs);
  });
  session.connect();
  session.post('Debugger.enable', { maxScriptsCacheSize: 0 });
  const endUnwritten = keepStacksUnwritten(isPaused);
  takeId = handOver(session, (values) => (taken = values));
  pauseOn('all');
  look();
  return end;
}

/** The debugger's id for `take`. */
function handOver(session: inspector.Session, take: (values: readonly unknown[]) => void): Runtime.RemoteObjectId {
  const holder = globalThis as { [key: symbol]: unknown };
  const symbol = Symbol.for(TAKE_KEY);
  let id = '';
  holder[symbol] = take;
  session.post('Runtime.evaluate', { expression: `globalThis[Symbol.for('${TAKE_KEY}')]` }, (_, answer) => {
    id = answer.result.objectId ?? '';
  });
  Reflect.deleteProperty(holder, symbol);
  return id;
}
