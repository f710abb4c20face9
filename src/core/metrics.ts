import {
  checkCallOptions,
  checkFinite,
  checkMetricName,
  checkRate,
  display,
  InvalidCall,
  type SampledOptions,
} from './call-options.ts';
import { toBoundedJson } from './bounded-json.ts';
import { decimalText } from './decimal.ts';
import type { Engine } from './engine.ts';
import type { CountOptions, Metlog, TimingOptions } from './metlog.ts';
import type { Scope } from './scope.ts';
import { DEFAULT_SEVERITY } from './severity.ts';
import { createIdleTimer, createTimer, runTimed, type Stopwatch } from './timer.ts';
import { formatTimestamp, isEpochMs } from './timestamp.ts';

type MetricType = 'counter' | 'gauge' | 'timer';

/** Bytes of a plain line but for its type, logger, payload and end: `{"type":"","timestamp":"<24>",` and `"severity":6,"payload":"","metadata":`. */
const PLAIN_LINE_BYTES = 10 + 15 + 24 + 2 + 38;

const NO_OPTIONS: SampledOptions = {};

/** Counters, gauges and timers of one client. */
export function createMetrics(
  engine: Engine,
  scope: Scope,
): Pick<Metlog, 'incr' | 'gauge' | 'time' | 'timing' | 'timer'> {
  const { platform, recorder, shipper, options } = engine;
  const aggregator = options.aggregate ? engine.createAggregator(scope) : null;
  const loggerPart = scope.logger === options.logger ? '' : `"logger":${JSON.stringify(scope.logger)},`;
  const plainBytes = PLAIN_LINE_BYTES + platform.byteLength(loggerPart);
  const allSampled = options.rate === 1;

  /** The shortest way: a line put together from what is known of the name. False: it takes the long way. */
  function emitPlain(type: MetricType, name: string, payload: string, timestampMs: number): boolean {
    if (recorder.isWatched || engine.context()) return false;
    const end = scope.plainEnd(name);
    const bytes = plainBytes + type.length + payload.length + end.bytes;
    if (bytes > shipper.maxLineBytes) return false;
    const time = formatTimestamp(timestampMs);
    recorder.pushLine(
      `{"type":"${type}","timestamp":"${time}",${loggerPart}"severity":6,"payload":"${payload}","metadata":${end.text}`,
      bytes,
      DEFAULT_SEVERITY,
    );
    return true;
  }

  function emitSampled(type: 'counter' | 'gauge', name: string, value: number, given: SampledOptions): void {
    const rate = given.rate ?? options.rate;
    checkRate(rate);
    checkMetricName(name);
    checkFinite(type === 'counter' ? 'count' : 'value', value);
    if (!engine.sample(rate)) return engine.withdraw();
    if (aggregator && given.timestamp === undefined) {
      checkCallOptions(given);
      const bounded = given.metadata && toBoundedJson(given.metadata, engine.isSecret); // a copy: the caller may change his
      if (bounded?.truncated !== true)
        return aggregator.add(type, name, value, rate, { ...given, metadata: bounded?.value });
    }
    if (given !== NO_OPTIONS || rate !== 1 || !emitPlain(type, name, decimalText(value), platform.now())) {
      engine.emit(scope, { type, payload: decimalText(value), own: { name, rate } }, given);
    }
  }

  function emitDuration(name: string, elapsedMs: number, rate: number, failed: boolean, given: SampledOptions): void {
    checkMetricName(name);
    checkFinite('elapsedMs', elapsedMs);
    const startMs = Math.round(platform.now() - elapsedMs); // the clock's own milliseconds are whole
    if (!isEpochMs(startMs)) throw new InvalidCall(`elapsedMs must be a duration, got ${elapsedMs}`);
    const payload = durationText(elapsedMs);
    if (given === NO_OPTIONS && rate === 1 && !failed && emitPlain('timer', name, payload, startMs)) return;
    const own = failed ? { name, rate, error: true } : { name, rate };
    engine.emit(scope, { type: 'timer', payload, own, timestampMs: startMs }, given);
  }

  function watch(name: string, rate: number, given: SampledOptions): Stopwatch {
    return {
      sample: () => engine.sample(rate),
      monotonic: platform.monotonic,
      record(elapsedMs, failed) {
        if (!engine.admit()) return;
        try {
          emitDuration(name, elapsedMs, rate, failed, given);
        } catch (error) {
          engine.invalid(error);
        }
      },
    };
  }

  /** The rate of a timer: 0 where it must not run at all, because it is switched off or called wrongly. */
  function timerRate(name: string, given: SampledOptions): number {
    const configured = engine.rateOf(name);
    if (configured === 0 || !engine.isEnabled) return 0;
    try {
      const rate = given.rate ?? options.rate;
      checkRate(rate);
      checkMetricName(name);
      checkCallOptions(given);
      return configured ?? rate;
    } catch (error) {
      if (engine.admit()) engine.invalid(error);
      return 0;
    }
  }

  function refuseFunction(fn: unknown): void {
    if (engine.admit()) engine.invalid(new InvalidCall(`time must be given a function, got ${display(fn)}`));
  }

  return {
    incr(name, given) {
      if (!engine.admit()) return;
      try {
        if (given === undefined && allSampled) {
          if (aggregator ? aggregator.incrPlain(name) : emitPlain('counter', name, '1', platform.now())) return;
        }
        const counted: CountOptions = given === undefined ? NO_OPTIONS : given;
        emitSampled('counter', name, counted.count ?? 1, counted);
      } catch (error) {
        engine.invalid(error);
      }
    },
    gauge(name, value, given = NO_OPTIONS) {
      if (!engine.admit()) return;
      try {
        emitSampled('gauge', name, value, given);
      } catch (error) {
        engine.invalid(error);
      }
    },
    timing(name, elapsedMs, given: TimingOptions = NO_OPTIONS) {
      const rate = timerRate(name, given);
      if (rate === 0) return;
      const further = given.sampled ? (engine.rateOf(name) ?? 1) : rate;
      if (!engine.sample(further)) return;
      watch(name, given.sampled ? further * (given.rate ?? 1) : rate, given).record(elapsedMs, false);
    },
    time<T>(name: string, fn: () => T, given = NO_OPTIONS) {
      if (!isFunction(fn)) {
        refuseFunction(fn);
        return undefined as T; // what was to be run does not exist, and a guest does not throw
      }
      const rate = timerRate(name, given);
      return rate === 0 ? fn() : runTimed(watch(name, rate, given), fn);
    },
    timer(name, given = NO_OPTIONS) {
      const rate = timerRate(name, given);
      return rate === 0 ? createIdleTimer() : createTimer(watch(name, rate, given));
    },
  };
}

/** Milliseconds as decimal text, to the microsecond. */
function durationText(elapsedMs: number): string {
  return decimalText(Math.round(elapsedMs * 1_000) / 1_000);
}

/** For what its type promises already. */
function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
