import type { Stats } from './books.ts';
import { toBoundedJson } from './bounded-json.ts';
import { display, InvalidCall } from './call-options.ts';
import type { MessageDefinition } from './define-message.ts';
import { createEngine, type Engine, type EngineParts } from './engine.ts';
import { textOf } from './text-of.ts';
import { isRecord } from './json.ts';
import { createLogs } from './logs.ts';
import { createMetrics } from './metrics.ts';
import type { ChildOptions, Metlog, SendOptions } from './metlog.ts';
import { isName, MAX_NAME_LENGTH } from './name.ts';
import { ConfigError, type Destination, type ResolvedOptions } from './options.ts';
import type { Cancel, Platform } from './platform.ts';
import { createScope, type Scope } from './scope.ts';
import { explainMismatch } from './standard-schema.ts';
import { startCaptures } from './start-captures.ts';
import type { Transport } from './transport.ts';

/** How long `flush` and `close` wait by default, in milliseconds. */
const FLUSH_TIMEOUT_MS = 2_000;

/** The parts that the runtime supplies. */
export interface ClientParts extends EngineParts {
  readonly platform: Platform;
  /** The transport for `dest`, or a sentence that says why this runtime has none for it. Never throws. */
  openTransport(dest: Destination): Transport | string;
  /** The address for a host and a port, in this runtime's way. */
  addressOf(host: string, port: number): string;
  /** Whether the SDK itself requests this address. @default never */
  isOwnRequest?(url: string): boolean;
  /** Called whenever the client is told to be disabled, though it is already or is closed. @default nothing follows it */
  onDisabled?(): void;
  /** Called once the client is closed for good. */
  onClosed(): void;
}

/** A client, and what its runtime may do with it. */
export interface CoreClient {
  readonly metlog: Metlog;
  /** Hands all that waits to the transport before it returns. */
  ship(): void;
  /** Does so and closes the sender; what is said later goes at once: the process or page is ending. */
  shipAtExit(): void;
  /** The page that was ending is looked at again. */
  stay(): void;
  /** Tells a setting that was wrong before the client was there. */
  tell(message: string): void;
}

/** Puts a client together. Nothing is opened before it; everything is closed by `metlog.close()`. Throws `ConfigError` where metadata cannot be read. */
export function createCoreClient(options: ResolvedOptions, parts: ClientParts): CoreClient {
  const engine = createEngine(options, parts.platform, parts);
  const { books, shipper, isSecret, revision } = engine;

  let dest = options.dest;
  let endCaptures: Cancel | undefined;
  const tell = (message: string): void => books.tell('bad-setting', message);

  function openDest(next: Destination): void {
    dest = next;
    if (!engine.isEnabled) return;
    const transport = parts.openTransport(dest);
    if (typeof transport === 'string') books.tell('no-dest', transport);
    shipper.setTransport(typeof transport === 'string' ? null : transport);
  }

  function beginCaptures(): void {
    const { platform, isOwnRequest = () => false } = parts;
    endCaptures = startCaptures(options.capture, { metlog, clock: platform, isOwnRequest, tell });
  }

  function build(scope: Scope, close: Metlog['close']): Metlog {
    const metlog: Metlog = {
      ...createMetrics(engine, scope),
      ...createLogs(engine, scope),
      send: (what: unknown, second: unknown = {}, third: unknown = {}) => sendAny(engine, scope, what, second, third),
      addFlavor: attempt((name: unknown, metadata: unknown) => {
        engine.addFlavor(textArgument('a flavor', name), toBoundedJson(recordArgument(metadata), isSecret).value);
      }),
      setMetadata: attempt((metadata: unknown) => {
        engine.drainAggregates();
        scope.set(recordArgument(metadata));
      }),
      setEnabled(enabled) {
        if (!enabled) parts.onDisabled?.(); // where it is off already too: others may have kept something
        if (enabled === engine.isEnabled) return;
        if (!enabled) endCaptures?.();
        engine.setEnabled(enabled);
        openDest(dest);
        if (enabled) beginCaptures();
      },
      use: attempt((plugin) => engine.recorder.use(plugin)),
      child(given) {
        try {
          return build(childScope(scope, given), async (timeoutMs) => {
            await metlog.flush(timeoutMs);
          });
        } catch (error) {
          if (options.strict) throw error;
          return metlog; // a page may have broken its `JSON`
        }
      },
      setMetlogDest: attempt((host: string, port?: number) =>
        openDest(port === undefined ? host : parts.addressOf(host, port)),
      ),
      flush: (timeoutMs = FLUSH_TIMEOUT_MS) => engine.flush(timeoutMs).catch(() => false), // a page may have broken its `Promise`
      close,
      get stats(): Stats {
        return engine.stats();
      },
    };
    return metlog;
  }

  /** The scope of a child; what is wrong in its options is told and left out. */
  function childScope(parent: Scope, options: ChildOptions): Scope {
    const deps = { parent, revision, isSecret, byteLength: parts.platform.byteLength };
    let made = createScope(parent.logger, {}, deps);
    attempt(() => {
      const { logger = parent.logger, metadata = {} } = recordArgument(options);
      if (!isName(logger))
        throw new InvalidCall(`logger must be a text of 1 to ${MAX_NAME_LENGTH} characters, got ${display(logger)}`);
      made = createScope(logger, recordArgument(metadata), deps);
    })();
    return made;
  }

  /** A setting that is wrong changes nothing and is told. */
  function attempt<A extends unknown[]>(change: (...args: A) => void): (...args: A) => void {
    return (...args) => {
      try {
        change(...args);
      } catch (error) {
        books.tell(
          'bad-setting',
          error instanceof InvalidCall ? error.message : `a setting could not be read: ${textOf(error)}`,
        );
        if (options.strict) throw error;
      }
    };
  }

  function rootScope(): Scope {
    const deps = { parent: null, revision, isSecret, byteLength: parts.platform.byteLength };
    try {
      return createScope(options.logger, options.metadata, deps);
    } catch (error) {
      throw new ConfigError(`metadata must be what JSON can hold: ${textOf(error)}`);
    }
  }

  const metlog = build(rootScope(), async (timeoutMs = FLUSH_TIMEOUT_MS) => {
    endCaptures?.();
    await engine.close(timeoutMs).catch(() => undefined); // as above
    parts.onClosed();
  });
  for (const [name, metadata] of Object.entries(options.flavors)) metlog.addFlavor(name, metadata);
  if (options.debug) {
    metlog.use({ name: 'debug', onMessage: (message) => parts.platform.warn(`metlog: ${JSON.stringify(message)}`) });
  }
  openDest(dest);
  if (engine.isEnabled) beginCaptures();
  return {
    metlog,
    tell,
    ship: engine.ship,
    shipAtExit: engine.shipAtExit,
    stay: engine.stay,
  };
}

function sendAny(engine: Engine, scope: Scope, what: unknown, second: unknown, third: unknown): void {
  if (!engine.admit()) return;
  try {
    if (typeof what === 'string') return emitSend(engine, scope, what, recordArgument(second));
    if (!isRecord(what)) throw new InvalidCall(`a type or a definition must come first, got ${display(what)}`);
    const { type, schema } = what as unknown as MessageDefinition;
    const mismatch = explainMismatch(schema, second);
    if (mismatch !== null) throw new InvalidCall(`the metadata of ${type} does not fit: ${mismatch}`);
    emitSend(engine, scope, type, { ...recordArgument(third), metadata: recordArgument(second) });
  } catch (error) {
    engine.invalid(error);
  }
}

function emitSend(engine: Engine, scope: Scope, type: string, options: SendOptions): void {
  const { payload = '' } = options;
  if (typeof payload !== 'string') throw new InvalidCall(`payload must be a text, got ${display(payload)}`);
  engine.emit(scope, { type, payload, own: {} }, options);
}

function recordArgument(value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw new InvalidCall(`an object is wanted, got ${display(value)}`);
  return value;
}

function textArgument(what: string, value: unknown): string {
  if (typeof value !== 'string' || value === '')
    throw new InvalidCall(`${what} must have a name, got ${display(value)}`);
  return value;
}
