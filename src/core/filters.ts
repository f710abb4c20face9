import type { Message } from './schema.ts';
import type { Severity } from './severity.ts';

/** Returns the message to pass on, itself or a changed copy, or null to drop it (counted as `filtered`). */
export type Filter = (message: Message) => Message | null;

/** Passes messages of severity `max` or graver: `severityMax(4)` drops notice, info and debug. */
export function severityMax(max: Severity): Filter {
  return (message) => (message.severity <= max ? message : null);
}

/** Passes messages of the listed types alone. */
export function typeAllow(types: readonly string[]): Filter {
  const allowed = new Set(types);
  return (message) => (allowed.has(message.type) ? message : null);
}

/** Drops messages of the listed types. */
export function typeDeny(types: readonly string[]): Filter {
  const denied = new Set(types);
  return (message) => (denied.has(message.type) ? null : message);
}

/** Passes messages of a listed type only up to its severity; types that are not listed pass. */
export function typeSeverityMax(maxByType: Readonly<Record<string, Severity>>): Filter {
  const max = new Map(Object.entries(maxByType));
  return (message) => (message.severity <= (max.get(message.type) ?? 7) ? message : null);
}

/** What `use` takes: filters and listeners under a name. */
export interface Plugin {
  readonly name: string;
  readonly filters?: readonly Filter[];
  /** Sees every message that passed all filters, before it is numbered. What it throws is told once and changes nothing. */
  readonly onMessage?: (message: Message) => void;
}
