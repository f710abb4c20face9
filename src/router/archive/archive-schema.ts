import * as z from 'zod/mini';
import { withoutCredentials } from '../../core/without-credentials.ts';
import { isRemoteUrl, parseRemoteUrl, remoteUrlFault } from '../../store/remote/remote-url.ts';
import { exceptSchema, onlySchema } from '../routes/except-schema.ts';
import { text, whole } from '../sinks/spec-fields.ts';

const DAY_COUNT_MAX = 36_500;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_NAME_LENGTH = 255;

const dir = text('a text that is not empty').check(({ value, issues }) => {
  if (!isRemoteUrl(value) || parseRemoteUrl(value) !== undefined) return;
  const got = JSON.stringify(withoutCredentials(value).slice(0, 100));
  const fault = `${remoteUrlFault(value)}, got ${got}`;
  issues.push({ code: 'custom', message: fault, params: { fault }, input: value });
});

const name = z
  .string('a text of 1 to 255 characters')
  .check(
    z.minLength(1, 'a text of 1 to 255 characters'),
    z.maxLength(MAX_NAME_LENGTH, 'a text of 1 to 255 characters'),
  );

const hdfs = z.strictObject({
  user: z.optional(text('the name of a user')),
  delegationToken: z.optional(text('a delegation token')),
  tls: z.optional(z.boolean('true or false')),
});

const WANTED_ENDPOINT = 'an http: or https: URL without user and password';
const endpoint = z.string(WANTED_ENDPOINT).check(z.refine(isEndpoint, WANTED_ENDPOINT));

const KEY_PARTS = ['accessKeyId', 'secretAccessKey'] as const;

const s3 = z
  .strictObject({
    region: z.optional(text('the name of a region')),
    endpoint: z.optional(endpoint),
    accessKeyId: z.optional(text('a text that is not empty')),
    secretAccessKey: z.optional(text('a text that is not empty')),
    pathStyle: z.optional(z.boolean('true or false')),
  })
  .check(({ value, issues }) => {
    const [has = '', ...more] = KEY_PARTS.filter((part) => value[part] !== undefined);
    const missing = KEY_PARTS.find((part) => value[part] === undefined);
    if (has === '' || more.length > 0 || missing === undefined) return;
    const fault = `is missing, and ${has} is nothing without it`;
    issues.push({ code: 'custom', message: fault, params: { fault }, path: [missing], input: value });
  });

function isEndpoint(given: string): boolean {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  return (url?.protocol === 'http:' || url?.protocol === 'https:') && url.username === '' && url.password === '';
}

/** What a configuration says of the archive. */
export const archiveSchema = z.strictObject({
  dir: z.optional(dir),
  retentionDays: z.optional(whole(1, DAY_COUNT_MAX)),
  mergeEveryMs: z.optional(whole(10, HOUR_MS)),
  promoteAfterMs: z.optional(whole(10, DAY_MS)),
  name: z.optional(name),
  remoteRetentionDays: z.optional(whole(1, DAY_COUNT_MAX)),
  maxWaitingBytes: z.optional(whole(1, Number.MAX_SAFE_INTEGER)),
  hdfs: z.optional(hdfs),
  s3: z.optional(s3),
  only: z.optional(onlySchema),
  except: z.optional(exceptSchema),
});
