/** Longest fingerprint that names its group itself, in characters. The SDK's have 16; any client may send any text. */
const MAX_FINGERPRINT_LENGTH = 64;

/**
 * SQL of the group that an exception belongs to: its fingerprint, or where a client sent none that can be used, a stable name made of logger, type and what
 * it did send. Such a name begins with `~`, which no fingerprint that is used does.
 */
export const GROUP_SQL = `CASE WHEN length(fingerprint) BETWEEN 1 AND ${MAX_FINGERPRINT_LENGTH} AND NOT starts_with(fingerprint, '~') THEN fingerprint
  ELSE '~' || md5(concat_ws(chr(0), logger, coalesce(error_type, ''), coalesce(fingerprint, ''))) END`;

/** SQL that is true for the exceptions of the group `group`, which is bound as `parameter`. What the files' statistics know of fingerprints is used. */
export const inGroupSql = (group: string, parameter: string): string =>
  group.startsWith('~') ? `${GROUP_SQL} = ${parameter}::VARCHAR` : `fingerprint = ${parameter}::VARCHAR`;

/** SQL that names one message together with `received`: clients before version 1 number nothing. */
export const SENDER_SQL = `coalesce(sender, '-')`;
export const SEQ_SQL = 'coalesce(seq, epoch_us(timestamp))';

/** SQL of the innermost call of the application itself, or of all if there is none such, as JSON. */
export const CULPRIT_SQL = `coalesce(
  list_filter(json_extract(metadata, '$.exception.frames[*]'), lambda frame: (frame->>'$.in_app') = 'true')[-1],
  json_extract(metadata, '$.exception.frames[#-1]'))`;

/** Which message it is. */
export interface MessageId {
  readonly sender: string;
  readonly seq: number;
  /** ISO 8601. */
  readonly received: string;
}
