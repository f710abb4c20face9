import type { ListedMessageAnswer } from '../../api/messages.ts';
import type { TailedMessage } from '../../journal-text.ts';

/** A message as a line of a list shows it. */
export interface Line {
  /** The same for the same message, whether it came from the tail or from the archive. */
  readonly key: string;
  /** Path below `messages`; null for a message without a sender that the archive has not named yet. */
  readonly path: readonly string[] | null;
  readonly received: string;
  readonly type: string;
  readonly logger: string;
  readonly severity: number;
  /** Name and value, or what the payload says first. */
  readonly said: string;
  /** Of the metadata, as much as a line has room for. */
  readonly details: string;
}

const MAX_SAID_LENGTH = 600;
const MAX_DETAILS = 8;
const MAX_DETAIL_LENGTH = 60;
/** Said elsewhere on the line, or too much for one. */
const LEFT_OUT: ReadonlySet<string> = new Set(['name', 'rate', 'exception']);
const UNITS = new Map([['timer', ' ms']]);

export const listedLine = (message: ListedMessageAnswer): Line => {
  const { id, received, type, logger, severity, sender, name, payload, payloadLength, metadata } = message;
  const known = parsed(metadata); // what was cut is no JSON
  return {
    key: sender === null ? unnamedKey(received, type, payload) : id,
    path: id.split('/'),
    received,
    type,
    logger,
    severity,
    said: saidOf(type, name, payload, payloadLength > payload.length),
    details: known === null ? `${metadata.slice(0, MAX_DETAIL_LENGTH * 2)} …` : detailsOf(known),
  };
};

export const tailedLine = (message: TailedMessage): Line => {
  const { sender, seq, received = '', timestamp, type, logger, severity, payload, metadata } = message;
  const name = typeof metadata['name'] === 'string' ? metadata['name'] : null;
  const path = sender === undefined || seq === undefined ? null : [sender, String(seq)];
  return {
    key: path === null ? unnamedKey(received, type, payload) : path.join('/'),
    path,
    received: received || timestamp,
    type,
    logger,
    severity,
    said: saidOf(type, name, payload, false),
    details: detailsOf(metadata),
  };
};

const unnamedKey = (received: string, type: string, payload: string): string =>
  [received, type, payload.slice(0, 200)].join(' ');

function saidOf(type: string, name: string | null, payload: string, isCut: boolean): string {
  // The traceback is for the message whole.
  const text = type === 'exception' ? (payload.split('\n', 1)[0] ?? '') : payload;
  const short = text.length > MAX_SAID_LENGTH || isCut ? `${text.slice(0, MAX_SAID_LENGTH)} …` : text;
  return name === null ? short : `${name}  ${short}${UNITS.get(type) ?? ''}`;
}

function detailsOf(metadata: unknown): string {
  if (typeof metadata !== 'object' || metadata === null) return '';
  const shown = Object.entries(metadata).filter(([key]) => !LEFT_OUT.has(key));
  const pairs = shown.slice(0, MAX_DETAILS).map(([key, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `${cut(key)}=${cut(text)}`;
  });
  const more = shown.length - pairs.length;
  return [...pairs, ...(more > 0 ? [`and ${more} more`] : [])].join('  ');
}

const cut = (text: string): string => (text.length > MAX_DETAIL_LENGTH ? `${text.slice(0, MAX_DETAIL_LENGTH)}…` : text);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
