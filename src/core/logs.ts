import { toBoundedJson } from './bounded-json.ts';
import { checkRate, type SampledOptions } from './call-options.ts';
import type { Engine } from './engine.ts';
import { isError } from './is-error.ts';
import type { ExceptionOptions, LogCall, Metlog } from './metlog.ts';
import { isName } from './name.ts';
import type { Scope } from './scope.ts';
import { SEVERITY, type Severity } from './severity.ts';

type Logs = Pick<
  Metlog,
  'debug' | 'info' | 'notice' | 'warn' | 'error' | 'critical' | 'alert' | 'emergency' | 'exception'
>;

/** The log calls and `exception` of one client. */
export function createLogs(engine: Engine, scope: Scope): Logs {
  function emitException(thrown: unknown, severity: Severity, given: ExceptionOptions, rate: number): void {
    const mechanism = { type: isName(given.mechanism) ? given.mechanism : 'generic', handled: given.handled ?? true };
    const { payload, exception, truncated } = engine.describeException(thrown, mechanism, engine.isSecret);
    const named = isName(given.fingerprint) ? { ...exception, fingerprint: given.fingerprint } : exception;
    const own = { ...rateMetadata(rate), exception: named };
    engine.emit(scope, { type: 'exception', payload, own, truncated, severity }, given);
  }

  function logCall(severity: Severity): LogCall {
    return (text, given: SampledOptions = {}) => {
      if (!engine.admit()) return;
      try {
        const rate = given.rate ?? engine.options.rate;
        checkRate(rate);
        if (!engine.sample(rate)) return engine.withdraw();
        if (isError(text) && severity <= SEVERITY.error) emitException(text, severity, given, rate);
        else engine.emit(scope, { type: 'log', payload: payloadOf(text), own: rateMetadata(rate), severity }, given);
      } catch (error) {
        engine.invalid(error);
      }
    };
  }

  function payloadOf(value: unknown): string {
    if (typeof value === 'string') return value;
    if (isError(value)) return `${value.name}: ${value.message}`;
    const bounded = toBoundedJson(value, engine.isSecret).value;
    return typeof bounded === 'string' ? bounded : JSON.stringify(bounded);
  }

  return {
    debug: logCall(SEVERITY.debug),
    info: logCall(SEVERITY.info),
    notice: logCall(SEVERITY.notice),
    warn: logCall(SEVERITY.warning),
    error: logCall(SEVERITY.error),
    critical: logCall(SEVERITY.critical),
    alert: logCall(SEVERITY.alert),
    emergency: logCall(SEVERITY.emergency),
    exception(thrown, given = {}) {
      if (!engine.admit()) return;
      try {
        emitException(thrown, SEVERITY.error, given, 1);
      } catch (error) {
        engine.invalid(error);
      }
    },
  };
}

/** A log says its rate only where it was sampled: it is not reckoned with otherwise. */
function rateMetadata(rate: number): { readonly rate?: number } {
  return rate < 1 ? { rate } : {};
}
