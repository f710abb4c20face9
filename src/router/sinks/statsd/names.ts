import { metadataReader } from '../../../core/metadata-path.ts';
import type { ReceivedMessage } from '../../received-message.ts';
import { memoBy } from './memo.ts';
import { oneLevel, sanitised, statsdKey } from './sanitise.ts';

/** What stands around the value of a metric's line. */
export interface StatsdName {
  /** The name, tags in Graphite's form, and the colon. */
  readonly before: string;
  /** Tags in DogStatsD's form; else empty. */
  readonly after: string;
}

/** Why a message makes no line. */
export interface Unfit {
  readonly reason: string;
}

export interface StatsdNameOptions {
  /** As `StatsdSpec.name` has it. */
  readonly template: string;
  readonly tags: readonly string[];
  readonly tagForm: 'dogstatsd' | 'graphite';
  readonly maxNames: number;
  /** Longest name that is good for anything, tags included: what a datagram holds. */
  readonly maxNameBytes: number;
}

type Read = (message: ReceivedMessage) => string | undefined;

/** Left out, not refused: the message is good, only there are too many like it. */
export const TOO_MANY_NAMES: Unfit = { reason: 'cardinality' };
const NAMELESS: Unfit = { reason: 'it has no name in metadata.name' };
const TOO_LONG: Unfit = { reason: 'its name is longer than a datagram' };
const NOTHING_LEFT: Unfit = { reason: 'nothing is left of its name once it is sanitised' };

/** What stands for a part that is absent, or of which nothing is left. */
const ABSENT = '_';
/** Ways to write the names that there are, remembered with what they come to: strangers write them. */
const SPELLINGS_PER_NAME = 4;

/** Gives each message its metric's name; a message that is equal in what the name is made of costs one look-up. */
export function createStatsdNames(options: StatsdNameOptions): (message: ReceivedMessage) => StatsdName | Unfit {
  const { maxNames, maxNameBytes, tagForm } = options;
  const parts = partsOf(options.template);
  const tags = options.tags.map((key) => ({ key: tagKey(key), read: textReader(key) }));
  const names = new Set<string>();

  function compose(message: ReceivedMessage): StatsdName | Unfit {
    let name = '';
    for (const { text, read, isName, keepsDots } of parts) {
      name += text;
      if (!read) continue;
      const clean = (keepsDots ? sanitised : oneLevel)(read(message) ?? '');
      if (clean === '' && isName) return NOTHING_LEFT;
      name += clean || ABSENT;
    }
    name = statsdKey(name);
    const texts = tags.flatMap(({ key, read }) => {
      const value = sanitised(read(message) ?? '');
      return value === '' ? [] : [[key, value] as const];
    });
    if (tagForm === 'graphite')
      return { before: `${name}${texts.map((tag) => `;${tag.join('=')}`).join('')}:`, after: '' };
    return { before: `${name}:`, after: texts.length === 0 ? '' : `|#${texts.map((tag) => tag.join(':')).join(',')}` };
  }

  function admit(name: StatsdName | Unfit): StatsdName | Unfit {
    if ('reason' in name) return name;
    const whole = name.before + name.after;
    if (whole.length > maxNameBytes) return TOO_LONG; // before it is kept: strangers choose it
    if (names.has(whole)) return name;
    if (names.size >= maxNames) return TOO_MANY_NAMES;
    names.add(whole);
    return name;
  }

  const nameOf = memoBy(
    [...parts.flatMap(({ read }) => read ?? []), ...tags.map(({ read }) => read)],
    (message: ReceivedMessage) => admit(compose(message)),
    maxNames * SPELLINGS_PER_NAME,
  );
  return (message) => (typeof message.metadata['name'] === 'string' ? nameOf(message) : NAMELESS);
}

/** A piece of the template: text, then what a placeholder stands for. */
interface Part {
  readonly text: string;
  readonly read: Read | undefined;
  readonly isName: boolean;
  readonly keepsDots: boolean;
}

function partsOf(template: string): readonly Part[] {
  const pieces = template.split(/\{([^{}]+)\}/);
  const parts: Part[] = [];
  for (let i = 0; i < pieces.length; i += 2) {
    const placeholder = pieces[i + 1];
    parts.push({
      text: pieces[i] ?? '',
      read: placeholder === undefined ? undefined : readerOf(placeholder),
      isName: placeholder === 'name',
      keepsDots: placeholder === 'name' || placeholder === 'logger',
    });
  }
  return parts;
}

function readerOf(placeholder: string): Read {
  switch (placeholder) {
    case 'logger':
      return ({ logger }) => logger;
    case 'type':
      return ({ type }) => type;
    case 'hostname':
      return ({ hostname }) => hostname;
    case 'name':
      return textReader('name');
    default:
      return textReader(placeholder.slice('metadata.'.length));
  }
}

/** A value of the metadata as text; undefined for one that is absent or has parts. */
function textReader(key: string): Read {
  const read = metadataReader(key);
  return ({ metadata }) => {
    const value = read(metadata);
    if (typeof value === 'string') return value;
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  };
}

/** `=` would end a key in Graphite's form. */
const tagKey = (key: string): string => sanitised(key).replaceAll('=', '_') || ABSENT;
