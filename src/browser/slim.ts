export { configure, createMetlog } from './slim-client.ts';
export {
  addFlavor,
  alert,
  close,
  critical,
  debug,
  emergency,
  error,
  exception,
  flush,
  gauge,
  getMetlog,
  incr,
  info,
  notice,
  send,
  setEnabled,
  setMetadata,
  setMetlogDest,
  stats,
  time,
  timer,
  timing,
  use,
  warn,
} from '../core/default-client.ts';
export { defineMessage } from '../core/define-message.ts';
export { severityMax, typeAllow, typeDeny, typeSeverityMax } from '../core/filters.ts';
export { ConfigError } from '../core/options.ts';
export { REDACTED_KEYS } from '../core/redact.ts';
export { SEVERITY } from '../core/severity.ts';
export type { Problem, Stats } from '../core/books.ts';
export type { CallOptions, SampledOptions } from '../core/call-options.ts';
export type { MessageDefinition, MetadataOf } from '../core/define-message.ts';
export type { DropReason } from '../core/drop-reason.ts';
export type { Filter, Plugin } from '../core/filters.ts';
export type { JsonObject, JsonValue } from '../core/json.ts';
export type {
  ChildOptions,
  CountOptions,
  ExceptionOptions,
  LogCall,
  Metlog,
  SendOptions,
  TimingOptions,
} from '../core/metlog.ts';
export type { Destination, MetlogOptions } from '../core/options.ts';
export type { SenderReport } from '../core/report.ts';
export type { Message } from '../core/schema.ts';
export type { Severity, SeverityName } from '../core/severity.ts';
export type { StandardSchema } from '../core/standard-schema.ts';
export type { Timer } from '../core/timer.ts';
