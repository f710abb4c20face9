import type { Event, SeverityLevel } from '@sentry/core';
import { isRecord, type JsonObject } from '../../../core/json.ts';
import { isSeverity, type Severity } from '../../../core/severity.ts';
import type { ReceivedMessage } from '../../received-message.ts';
import { toBreadcrumbs } from './crumbs.ts';
import { exceptionValues } from './exception-values.ts';
import { splitMetadata } from './tags.ts';
import { VERSION } from './version.ts';

export interface EventOptions {
  /** Of 32 hexadecimal digits. */
  readonly id: string;
  /** Whether Metlog's fingerprint forms the groups instead of Sentry's own rules. */
  readonly isGroupedByMetlog: boolean;
}

const LEVELS: Readonly<Record<Severity, SeverityLevel>> = {
  0: 'fatal',
  1: 'fatal',
  2: 'fatal',
  3: 'error',
  4: 'warning',
  5: 'info',
  6: 'info',
  7: 'debug',
};

/** Characters of a message that Sentry keeps; a longer payload is in `extra` as well. */
const MAX_MESSAGE_LENGTH = 8_192;
/** What Sentry takes. https://docs.sentry.io/platforms/javascript/configuration/releases/ and …/environments/ */
const RELEASE = /^(?!(?:\.{1,2}|\s+)$)[^\r\n\t/\\]{1,200}$/;
const ENVIRONMENT = /^(?!None$)[^\s/]{1,64}$/;

/** The event that a message becomes: an error with its frames from `metadata.exception`, or else a text made of the payload. */
export function toEvent(message: ReceivedMessage, { id, isGroupedByMetlog }: EventOptions): Event {
  const { exception, release, environment, breadcrumbs, ...rest } = message.metadata;
  const described = isRecord(exception) ? exception : undefined;
  const fingerprint = typeof described?.['fingerprint'] === 'string' ? described['fingerprint'] : undefined;
  const isRelease = typeof release === 'string' && RELEASE.test(release);
  const isEnvironment = typeof environment === 'string' && ENVIRONMENT.test(environment);
  const crumbs = toBreadcrumbs(breadcrumbs, (severity) => (isSeverity(severity) ? LEVELS[severity] : undefined));
  const { tags, extra } = splitMetadata({
    ...rest,
    // What has no place of its own stays with the rest.
    ...(exception !== undefined && !described && { exception }),
    ...(release !== undefined && !isRelease && { release }),
    ...(environment !== undefined && !isEnvironment && { environment }),
    ...(breadcrumbs !== undefined && !crumbs && { breadcrumbs }),
  });
  return {
    event_id: id,
    timestamp: Date.parse(message.timestamp) / 1000,
    platform: platformOf(message),
    level: LEVELS[message.severity],
    logger: message.logger,
    ...(message.hostname !== undefined && { server_name: message.hostname }),
    ...(isRelease && { release }),
    ...(isEnvironment && { environment }),
    ...(described
      ? { exception: { values: exceptionValues(described) } }
      : { message: titled(message).slice(0, MAX_MESSAGE_LENGTH) }),
    ...(crumbs && { breadcrumbs: crumbs }),
    ...(isGroupedByMetlog && fingerprint !== undefined && { fingerprint: ['metlog', fingerprint] }),
    tags: { ...tags, ...(fingerprint !== undefined && { 'metlog.fingerprint': fingerprint }) },
    extra: { ...extra, ...(!described && message.payload.length > MAX_MESSAGE_LENGTH && { payload: message.payload }) },
    contexts: { metlog: origin(message) },
    sdk: { name: 'metlog', version: VERSION },
  };
}

/** A page has no process id, and a deployed client names no sender and may be of any language. */
function platformOf({ sender, pid }: ReceivedMessage): string {
  if (sender === undefined) return 'other';
  return pid === undefined ? 'javascript' : 'node';
}

/** The payload below a first line that says what it is about: Sentry makes it the title. */
function titled({ type, payload, metadata }: ReceivedMessage): string {
  if (type === 'log') return payload || type;
  if (type === 'exception')
    return PYTHON_TRACEBACK.test(payload) ? `${lastLine(payload)}\n${payload}` : payload || type;
  const { name } = metadata;
  const subject = typeof name === 'string' ? `${type} ${name}` : type;
  return payload === '' ? subject : `${subject}: ${payload}`;
}

/** Python writes what was raised below its frames. */
const PYTHON_TRACEBACK = /^\s*Traceback \(most recent call last\):/;

const lastLine = (text: string): string => {
  const lines = text.trimEnd();
  return lines.slice(lines.lastIndexOf('\n') + 1).trim();
};

/** Where the message is to be found in the archive. `type` would tell Sentry how to show the block, so it is called otherwise. */
function origin({ type, sender, seq, pid, via, received }: ReceivedMessage): JsonObject {
  return {
    message_type: type,
    received,
    via,
    ...(pid !== undefined && { pid }),
    ...(sender !== undefined && { sender }),
    ...(seq !== undefined && { seq }),
  };
}
