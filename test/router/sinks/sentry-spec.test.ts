import { describe, expect, it } from 'vitest';
import { sentrySpecSchema } from '../../../src/router/sinks/sentry-spec.ts';

const problem = (given: unknown): string | undefined => sentrySpecSchema.safeParse(given).error?.issues[0]?.message;

describe('sentrySpecSchema', () => {
  it.each([
    'https://0123456789abcdef0123456789abcdef@o1.ingest.sentry.io/42',
    'http://pub@127.0.0.1:23969/1',
    'http://pub@[::1]:8080/1',
    'https://pub:old@sentry.example/below/here/7',
  ])('takes the DSN %s', (dsn) => {
    expect(problem({ kind: 'sentry', dsn })).toBeUndefined();
  });

  it.each([
    undefined,
    '',
    'sentry.example',
    'https://sentry.example/1',
    'ftp://pub@sentry.example/1',
    'https://pub@sentry.example',
    'https://pub@sentry.example/project',
    'https://pub@sentry.example:99999/1',
    'https://pub@sentry.example/1?x=1',
    'https://pub@sentry.example/1\nhttps://pub@other.example/1',
  ])('does not take %j for a DSN', (dsn) => {
    expect(problem({ kind: 'sentry', dsn })).toBe('a DSN such as https://key@host/1');
  });

  it.each([
    [{ concurrency: 0 }, 'a whole number from 1 to 100'],
    [{ grouping: 'none' }, '"sentry" or "metlog"'],
    [{ caFile: '' }, 'a path'],
  ])('says what is wanted instead of %j', (wrong, want) => {
    expect(problem({ kind: 'sentry', dsn: 'https://pub@sentry.example/1', ...wrong })).toBe(want);
  });
});
