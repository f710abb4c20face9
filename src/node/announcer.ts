import type { Stats } from '../core/books.ts';
import { columnsOfSchema } from '../core/columns-of-schema.ts';
import type { MessageDefinition } from '../core/define-message.ts';
import { encodeHeader } from '../core/encode.ts';
import { WIRE_VERSION } from '../core/header.ts';
import { isRecord } from '../core/json.ts';
import type { ChildOptions, Metlog } from '../core/metlog.ts';
import type { Platform } from '../core/platform.ts';
import { encodeAnnouncement, MAX_TYPES } from '../core/registered-type.ts';
import type { Sign } from '../core/sign.ts';
import { textOf } from '../core/text-of.ts';
import { formatTimestamp } from '../core/timestamp.ts';
import type { Datagram, Transport } from '../core/transport.ts';
import { jsonSchemaOf } from './json-schema.ts';

/** A datagram may be lost, and most so as services start together; so what was said first is said again so much later, in milliseconds. */
const AGAIN_MS = 60_000;
/** After that, for a router whose data folder is new. */
const REPEAT_MS = 3_600_000;

/**
 * Announces what a client's defined messages hold, for the router to make a view of: when one of a type has been sent for the first time to a destination, a minute
 * later, and then hourly, each time with a message of the type. There is no timer: what is not sent any more is not announced.
 *
 * An announcement has a datagram of its own without a sender's number, so that it stands in nobody's book: not in the client's, which is of the application's
 * messages, nor in the path's, which would miss it where it is lost.
 */
export interface Announcer {
  /** Announcements go by `transport` from now on, and all types are new to it. Undefined: none go. */
  setTransport(transport: Transport | undefined): void;
  /** Has `metlog` and its children announce what they send. */
  watch(metlog: Metlog): Metlog;
}

export interface AnnouncerOptions {
  readonly logger: string;
  readonly sign: Sign | undefined;
  /** Told why a type is not announced. */
  readonly tell: (message: string) => void;
}

/** A type that this client sends. */
interface SentType {
  /** The announcement; undefined where the schema says nothing that could be announced. */
  readonly line: string | undefined;
  /** When it is to be announced, on the monotonic clock. */
  dueMs: number;
  /** How long after that it is due again. */
  pauseMs: number;
}

export function createAnnouncer({ logger, sign, tell }: AnnouncerOptions, platform: Platform): Announcer {
  const sent = new Map<string, SentType>();
  let transport: Transport | undefined;

  function isDue(type: string): boolean {
    const known = sent.get(type);
    return known === undefined ? sent.size < MAX_TYPES : platform.monotonic() >= known.dueMs;
  }

  function announce({ type, schema }: MessageDefinition): void {
    const known = sent.get(type) ?? { line: lineOf(type, schema), dueMs: 0, pauseMs: AGAIN_MS };
    sent.set(type, known);
    if (known.line === undefined) {
      known.dueMs = Infinity;
      return;
    }
    known.dueMs = platform.monotonic() + known.pauseMs;
    known.pauseMs = REPEAT_MS;
    void deliver(known, known.line);
  }

  async function deliver(type: SentType, line: string): Promise<void> {
    const to = transport;
    if (to === undefined) return;
    try {
      const result = await to.send(datagramOf(line));
      if (to !== transport) return;
      if (result.status !== 'sent') Object.assign(type, { dueMs: platform.monotonic() + AGAIN_MS, pauseMs: AGAIN_MS });
      else if ((result.refusedCount ?? 0) > 0) type.dueMs = Infinity; // this one is not to say it
    } catch {
      // A transport does not reject. Should one do so, the type is due again in an hour, and the application is spared.
    }
  }

  function lineOf(type: string, schema: MessageDefinition['schema']): string | undefined {
    try {
      const found = columnsOfSchema(jsonSchemaOf(schema));
      if (found !== undefined) return encodeAnnouncement(type, found.columns, platform.now());
      tell(`messages of type ${type} get no view of their own, as their schema tells no JSON Schema of an object`);
    } catch (error) {
      tell(`messages of type ${type} get no view of their own, as their schema cannot be told: ${textOf(error)}`);
    }
    return undefined;
  }

  function datagramOf(line: string): Datagram {
    const { hostname, pid } = platform.host;
    return {
      seq: 0,
      count: 1,
      encode(sentMs) {
        const header = encodeHeader({
          metlog: WIRE_VERSION,
          logger,
          ...(hostname !== undefined && { hostname }),
          ...(pid !== undefined && { pid }),
          ...(sign && { key: sign.keyId }),
          sent: formatTimestamp(sentMs),
        });
        const text = `${header}\n${line}\n`;
        return sign ? text + sign.line(text) : text;
      },
    };
  }

  function watch(metlog: Metlog): Metlog {
    const send: (...args: never[]) => void = metlog.send;
    const { child } = metlog;
    metlog.send = (...args: unknown[]) => {
      const definition = definitionIn(args[0]);
      if (transport === undefined || definition === undefined || !isDue(definition.type)) {
        send(...(args as never[]));
        return;
      }
      const before = metlog.stats;
      send(...(args as never[]));
      if (wasTaken(before, metlog.stats)) announce(definition);
    };
    metlog.child = (options: ChildOptions) => {
      const made = child(options);
      return made === metlog ? metlog : watch(made); // it answers itself where it can make none
    };
    return metlog;
  }

  return {
    setTransport(next) {
      transport = next;
      for (const type of sent.values())
        if (type.line !== undefined) Object.assign(type, { dueMs: 0, pauseMs: AGAIN_MS });
    },
    watch,
  };
}

function definitionIn(what: unknown): MessageDefinition | undefined {
  return isDefinition(what) ? what : undefined;
}

/** As much of one as is looked at here; `send` has looked at the rest before. */
const isDefinition = (what: unknown): what is MessageDefinition => isRecord(what) && typeof what['type'] === 'string';

/** Whether a message was recorded between the two, and none lost: none that did not fit, or that a filter or who has not consented keeps back. */
const wasTaken = (before: Stats, after: Stats): boolean =>
  after.accepted > before.accepted && droppedCount(before) === droppedCount(after);

const droppedCount = ({ dropped }: Stats): number => Object.values(dropped).reduce((sum, count) => sum + count, 0);
