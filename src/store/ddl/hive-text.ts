import type { ArchiveColumn } from '../schema.ts';

/** What the columns are to Hive and Spark. */
export const HIVE_TYPES: Readonly<Record<ArchiveColumn['sqlType'], string>> = {
  TIMESTAMP: 'TIMESTAMP',
  VARCHAR: 'STRING',
  INTEGER: 'INT',
  BIGINT: 'BIGINT',
  DOUBLE: 'DOUBLE',
};

/** What stands for itself in a text of Hive and Spark, wherever it is typed or piped in. A `;` would end the statement for some clients, `--` begin a comment, `${` a variable. */
const PLAIN = /[A-Za-z0-9 _.,:/=@+()[\]{}^?*|$-]/;

/** `text` as a literal of Hive and Spark. */
export function hiveText(text: string): string {
  let escaped = '';
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index);
    const pair = text.slice(index - 1, index + 1);
    const isPlain = PLAIN.test(char) && pair !== '--' && pair !== '${';
    escaped += isPlain ? char : `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return `'${escaped}'`;
}

/** `name` as an identifier of Hive and Spark. */
export const hiveName = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/**
 * The messages of a type with the values of their metadata. `json_tuple` takes all of them in one pass, and a key as it is: a path of `get_json_object` has no way to name one
 * with a dot in it.
 */
export function hiveRows(
  type: string,
  keys: readonly { readonly key: string }[],
): { readonly from: string; readonly values: readonly string[] } {
  const where = `WHERE ${hiveName('type')} = ${hiveText(type)}`;
  if (keys.length === 0) return { from: `${hiveName('messages')} ${where}`, values: [] };
  const values = keys.map((_, index) => `key_values.v${index + 1}`);
  const names = keys.map((_, index) => `v${index + 1}`).join(', ');
  const tuple = `json_tuple(${hiveName('metadata')}, ${keys.map(({ key }) => hiveText(key)).join(', ')})`;
  return { from: `${hiveName('messages')} LATERAL VIEW ${tuple} key_values AS ${names} ${where}`, values };
}

/** The text of a value of the metadata, by keys that are plain words. */
export const hiveJsonText = (...keys: readonly string[]): string =>
  `get_json_object(${hiveName('metadata')}, '$.${keys.join('.')}')`;

/** The statements that tell a table's partitions, which Hive and Spark have in common. */
export function hivePartitions(days: readonly string[] | undefined): readonly string[] {
  if (days === undefined) return ['MSCK REPAIR TABLE messages SYNC PARTITIONS'];
  if (days.length === 0) return [];
  const partitions = days.map((day) => `\n  PARTITION (dt = ${hiveText(day)})`);
  return [`ALTER TABLE messages ADD IF NOT EXISTS${partitions.join('')}`];
}
