import { addPathBook, copyPathBook, emptyPathBook, type MutablePathBook, type PathBook } from './path-book.ts';

/** The path's book of one logger in one hour. */
export interface LoggerHour extends PathBook {
  /** `(other)` stands for all that came when there were too many. */
  readonly logger: string;
  /** Start of the hour of receipt, in epoch milliseconds; null for all hours that are not kept one by one any more. */
  readonly hourMs: number | null;
}

/** The path's book by logger and hour, bounded in both. Loggers go by an index. */
export interface LoggerHours {
  /** The index of a logger, for one sender more. */
  hold(logger: string, nowMs: number): number;
  /** One sender less. */
  release(index: number): void;
  /** The logger's book of this hour. */
  now(index: number, nowMs: number): MutablePathBook;
  /** Takes back what was counted, from the newest hours first, as nobody knows from which. */
  takeBack(index: number, name: 'missing' | 'closed' | 'silent' | 'received', count: number): void;
  nameOf(index: number): string;
  /** By index. */
  names(): string[];
  /** The sum of all books. */
  total(): MutablePathBook;
  /** Copies of all books that are not empty, newest hour first. */
  rows(): LoggerHour[];
  /** Puts a book back that `rows` gave, for no sender. */
  restore(row: LoggerHour): void;
}

export const OTHER_LOGGER = '(other)';
export const HOUR_MS: number = 60 * 60 * 1000;
/** Two days: a report over a day still has it by the hour on the day after. */
const KEPT_HOURS = 48;
const MAX_LOGGERS = 1_000;
/** Books of hours that are over, of all loggers: where these are many, fewer hours are kept. Copying so many takes some 20 ms, in which the socket fills. */
const MAX_PAST_BOOKS = 10_000;
const OTHER = 0;

interface Logger {
  readonly name: string;
  /** Senders that go by it. */
  senders: number;
  /** By hour since the epoch, oldest first. */
  readonly hours: Map<number, MutablePathBook>;
  /** Of all hours before those. */
  older: MutablePathBook | undefined;
}

export function createLoggerHours({
  keptHours = KEPT_HOURS,
  maxLoggers = MAX_LOGGERS,
  maxPastBooks = MAX_PAST_BOOKS,
}: { keptHours?: number; maxLoggers?: number; maxPastBooks?: number } = {}): LoggerHours {
  const loggers: (Logger | undefined)[] = [createLogger(OTHER_LOGGER)];
  const indexes = new Map<string, number>([[OTHER_LOGGER, OTHER]]);
  let hour = Number.NEGATIVE_INFINITY;
  /** Books of this hour, by logger. */
  let current: (MutablePathBook | undefined)[] = [];
  /** The sum of all other books, once it was asked for: they hardly ever change, and are many. */
  let past: PathBook | undefined;

  const loggerAt = (index: number): Logger => loggers[index] ?? createLogger('');

  function indexOf(name: string): number {
    const known = indexes.get(name);
    if (known !== undefined) return known;
    if (indexes.size > maxLoggers) return OTHER;
    const freed = loggers.indexOf(undefined);
    const index = freed === -1 ? loggers.length : freed;
    loggers[index] = createLogger(name);
    indexes.set(name, index);
    return index;
  }

  function roll(nowMs: number): void {
    const nowHour = Math.floor(nowMs / HOUR_MS);
    if (nowHour <= hour) return;
    hour = nowHour;
    current = [];
    past = undefined;
    const lastFolded = lastToFold(nowHour);
    loggers.forEach((logger, index) => {
      if (logger === undefined) return;
      for (const [at, book] of logger.hours) {
        if (at > lastFolded) continue;
        logger.hours.delete(at);
        addPathBook((logger.older ??= emptyPathBook()), book);
      }
      if (index !== OTHER && logger.senders === 0 && logger.hours.size === 0) retire(logger, index);
    });
  }

  /** The newest hour that is not kept one by one any more. */
  function lastToFold(nowHour: number): number {
    const counts = new Map<number, number>();
    for (const logger of loggers) {
      for (const at of logger?.hours.keys() ?? []) counts.set(at, (counts.get(at) ?? 0) + 1);
    }
    let room = maxPastBooks;
    for (const at of [...counts.keys()].sort((a, b) => b - a)) {
      room -= counts.get(at) ?? 0;
      if (room < 0) return Math.max(at, nowHour - keptHours);
    }
    return nowHour - keptHours;
  }

  function sumOfPast(): PathBook {
    const sum = emptyPathBook();
    for (const logger of loggers) {
      for (const [at, book] of logger?.hours ?? []) if (at !== hour) addPathBook(sum, book);
      if (logger?.older) addPathBook(sum, logger.older);
    }
    return sum;
  }

  /** Makes room for another: nobody goes by it, and nobody did for long. */
  function retire(logger: Logger, index: number): void {
    const other = loggerAt(OTHER);
    if (logger.older) addPathBook((other.older ??= emptyPathBook()), logger.older);
    indexes.delete(logger.name);
    loggers[index] = undefined;
  }

  function bookAt(logger: Logger, at: number): MutablePathBook {
    let book = logger.hours.get(at);
    if (book === undefined) logger.hours.set(at, (book = emptyPathBook()));
    return book;
  }

  return {
    hold(name, nowMs) {
      roll(nowMs); // before: it makes room for new ones
      const index = indexOf(name);
      loggerAt(index).senders++;
      return index;
    },
    release(index) {
      loggerAt(index).senders--;
    },
    now(index, nowMs) {
      roll(nowMs);
      // A clock that was set back goes on in the hour that it had reached.
      return (current[index] ??= bookAt(loggerAt(index), hour));
    },
    takeBack(index, name, count) {
      const { hours, older } = loggerAt(index);
      let left = count;
      for (const book of [...[...hours.values()].reverse(), ...(older ? [older] : [])]) {
        const taken = Math.min(left, book[name]);
        book[name] -= taken;
        left -= taken;
        if (taken > 0 && book !== hours.get(hour)) past = undefined;
        if (left === 0) return;
      }
    },
    nameOf: (index) => loggerAt(index).name,
    names: () => loggers.map((logger) => logger?.name ?? OTHER_LOGGER),
    total() {
      const total = copyPathBook((past ??= sumOfPast()));
      for (const logger of loggers) {
        const book = logger?.hours.get(hour);
        if (book) addPathBook(total, book);
      }
      return total;
    },
    rows() {
      const rows: LoggerHour[] = [];
      for (const logger of loggers) {
        if (logger === undefined) continue;
        const { name, hours, older } = logger;
        for (const [at, book] of hours) rows.push({ logger: name, hourMs: at * HOUR_MS, ...copyPathBook(book) });
        if (older) rows.push({ logger: name, hourMs: null, ...copyPathBook(older) });
      }
      return rows.sort((a, b) => (b.hourMs ?? -1) - (a.hourMs ?? -1));
    },
    restore({ logger: name, hourMs, ...book }) {
      const logger = loggerAt(indexOf(name));
      past = undefined;
      addPathBook(hourMs === null ? (logger.older ??= emptyPathBook()) : bookAt(logger, hourMs / HOUR_MS), book);
      if (hourMs !== null) hour = Math.max(hour, hourMs / HOUR_MS);
    },
  };
}

const createLogger = (name: string): Logger => ({ name, senders: 0, hours: new Map(), older: undefined });
