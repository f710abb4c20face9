import { hostname } from 'node:os';
import { join } from 'node:path';
import { remoteIdentityOf } from '../../store/remote/remote-identity.ts';
import type { RemoteOptions } from '../../store/remote/remote-options.ts';
import { parseRemoteUrl, remoteUrlOf } from '../../store/remote/remote-url.ts';
import type { Match, Route } from '../routes/route.ts';
import type { ArchiveConfig } from './archive-config.ts';

/** What a configuration says of the archive, with every default filled in. */
export interface ResolvedArchive {
  /** The folder here. */
  readonly dir: string;
  readonly retentionDays: number;
  readonly mergeEveryMs: number;
  readonly promoteAfterMs: number;
  /** What fits none of these is left out; undefined where all is taken. */
  readonly only: readonly Match[] | undefined;
  /** A message that fits any of these is left out. */
  readonly except: readonly Match[];
  /** `except` goes by the routes. */
  readonly isExceptRouted: boolean;
  /** The store that the files are copied to; undefined without one. */
  readonly remote: ResolvedRemote | undefined;
}

export interface ResolvedRemote {
  /** By which it is opened. Without user, key or token. */
  readonly url: string;
  /** Tells it from others, as the store itself does: what is copied is noted by it. */
  readonly identity: string;
  /** What this router's files are called there, before it is made a part of a file name. */
  readonly name: string;
  /** Days that its files are kept there; Infinity for ever. */
  readonly keptDays: number;
  readonly maxWaitingBytes: number;
  readonly options: RemoteOptions;
}

export const ARCHIVE_DEFAULTS = {
  retentionDays: 30,
  mergeEveryMs: 10_000,
  promoteAfterMs: 900_000,
  /** At most 24 files a day in the store, where none is ever merged again. */
  promoteAfterMsWithRemote: 3_600_000,
  maxWaitingBytes: 10 * 1024 ** 3,
} as const;

/** The archive of a configuration that was checked. */
export function resolveArchive(
  given: ArchiveConfig,
  { dataDir, routes }: { readonly dataDir: string; readonly routes: readonly Route[] },
): ResolvedArchive {
  const { only, except = [] } = given;
  const place = parseRemoteUrl(given.dir ?? '', { isTls: given.hdfs?.tls });
  const folder = join(dataDir, 'archive');
  const options = { ...(given.hdfs && { hdfs: given.hdfs }), ...(given.s3 && { s3: given.s3 }) };
  return {
    dir: place === undefined ? (given.dir ?? folder) : folder,
    retentionDays: given.retentionDays ?? ARCHIVE_DEFAULTS.retentionDays,
    mergeEveryMs: given.mergeEveryMs ?? ARCHIVE_DEFAULTS.mergeEveryMs,
    promoteAfterMs:
      given.promoteAfterMs ??
      (place === undefined ? ARCHIVE_DEFAULTS.promoteAfterMs : ARCHIVE_DEFAULTS.promoteAfterMsWithRemote),
    only: only && listed(only),
    except: except === 'routed' ? routedMatches(routes) : listed(except),
    isExceptRouted: except === 'routed',
    remote: place && {
      url: remoteUrlOf(place),
      identity: remoteIdentityOf(place, options),
      name: given.name ?? hostname(),
      keptDays: given.remoteRetentionDays ?? Infinity,
      maxWaitingBytes: given.maxWaitingBytes ?? ARCHIVE_DEFAULTS.maxWaitingBytes,
      options,
    },
  };
}

/** What the routes take, but for what is left to `otherwise`. */
export const routedMatches = (routes: readonly Route[]): readonly Match[] =>
  routes.flatMap((route) => ('match' in route ? [route.match] : []));

const listed = (matches: Match | readonly Match[]): readonly Match[] => (isList(matches) ? matches : [matches]);

/** `Array.isArray` narrows no list that is read only. */
const isList = <T extends object>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value);
