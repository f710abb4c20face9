import { anyPattern, type NameTest } from './name-pattern.ts';
import { isRecord, parseJson } from './json.ts';
import { SCHEMA_TYPE } from './registered-type.ts';
import { REPORT_TYPE } from './report.ts';

/** Whether this line may be sent: canonical, and below a header of `headerLogger`. */
export type LinePermit = (line: string, headerLogger: string) => boolean;

/** What a key may be used for. In the lists, `*` stands for any run of characters. */
export interface KeyScope {
  /** @default all */
  readonly loggers?: readonly string[] | undefined;
  /** @default all */
  readonly types?: readonly string[] | undefined;
}

/** Holds lines against loggers and types. Nothing said allows all; an empty list nothing. */
export function linePermit({ loggers, types }: KeyScope): LinePermit {
  const mayBeLogger = listTest(loggers);
  // A sender's own book is no message of the application's, and always welcome.
  const mayBeType = listTest(types && [...types, REPORT_TYPE]);
  if (mayBeLogger === null && mayBeType === null) return () => true;
  return (line, headerLogger) => {
    const parts = TYPE_AND_LOGGER.exec(line);
    if (parts === null) return false; // no line that we write
    const [, type = '""', logger] = parts;
    return (
      (mayBeType?.(type === ANNOUNCING ? announcedType(line) : textOf(type)) ?? true) &&
      (mayBeLogger?.(logger === undefined ? headerLogger : textOf(logger)) ?? true)
    );
  };
}

/** The same for what nobody has signed, such as all that pages send: Metlog's own types are not theirs, but for a sender's report. */
export function pagePermit(scope: KeyScope = {}): LinePermit {
  const isAllowed = linePermit(scope);
  return (line, headerLogger) =>
    (!line.startsWith(OWN_TYPES) || line.startsWith(REPORT)) && isAllowed(line, headerLogger);
}

/** A canonical line has no escapes in these characters, so it begins so exactly if its type does. */
const OWN_TYPES = '{"type":"metlog.';
const REPORT = `{"type":"${REPORT_TYPE}"`;

const ANNOUNCING = `"${SCHEMA_TYPE}"`;

/** The type that a line of type `metlog.schema` announces: who may send a type may say what it holds. */
function announcedType(line: string): string {
  const message = parseJson(line);
  const type = isRecord(message) && isRecord(message['metadata']) ? message['metadata']['type'] : undefined;
  return typeof type === 'string' ? type : '';
}

/** The type and, if it has one, the logger of a canonical line. */
const TYPE_AND_LOGGER = /^\{"type":("(?:[^"\\]|\\.)*"),"timestamp":"[^"]*",(?:"logger":("(?:[^"\\]|\\.)*"))?/;

function listTest(patterns: readonly string[] | undefined): NameTest | null {
  return patterns?.length === 0 ? () => false : anyPattern(patterns ?? []);
}

const textOf = (quoted: string): string => (quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1));
