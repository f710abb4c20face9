import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';

/** What is of interest of a line of Spark's event log. https://spark.apache.org/docs/latest/monitoring.html */
const eventSchema = z.object({
  Event: z.string(),
  executionId: z.optional(z.number()),
  description: z.optional(z.string()),
  'Stage ID': z.optional(z.number()),
  'Stage IDs': z.optional(z.array(z.number())),
  Properties: z.optional(z.record(z.string(), z.string())),
  'Task Metrics': z.optional(z.object({ 'Input Metrics': z.object({ 'Bytes Read': z.number() }) })),
});

/** Settings of a Spark that writes what its tasks read into `dir`. */
export const readsLoggedIn = (dir: string): Readonly<Record<string, string>> => ({
  'spark.eventLog.enabled': 'true',
  'spark.eventLog.dir': `file:${dir}`,
});

/** The bytes that Spark says it has read for each statement, by the statement's text; footers are among them. */
export async function bytesReadBySpark(dir: string): Promise<ReadonlyMap<string, number>> {
  const statements = new Map<string, string>();
  const executionOf = new Map<number, string>();
  const bytes = new Map<string, number>();
  for (const event of await readEvents(dir)) {
    const { executionId, description = '', Properties: properties = {} } = event;
    if (executionId !== undefined && event.Event.endsWith('SparkListenerSQLExecutionStart'))
      statements.set(String(executionId), description.trim());
    const execution = properties['spark.sql.execution.id'];
    if (event.Event === 'SparkListenerJobStart' && execution !== undefined)
      for (const stage of event['Stage IDs'] ?? []) executionOf.set(stage, execution);
    const read = event['Task Metrics']?.['Input Metrics']['Bytes Read'];
    const statement = statements.get(executionOf.get(event['Stage ID'] ?? -1) ?? '');
    if (event.Event === 'SparkListenerTaskEnd' && read !== undefined && statement !== undefined)
      bytes.set(statement, (bytes.get(statement) ?? 0) + read);
  }
  return bytes;
}

async function readEvents(dir: string): Promise<readonly z.infer<typeof eventSchema>[]> {
  const texts = await Promise.all((await readdir(dir)).map((name) => readFile(join(dir, name), 'utf8')));
  return texts.flatMap((text) => text.trim().split('\n')).map((line) => eventSchema.parse(JSON.parse(line)));
}
