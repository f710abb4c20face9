import type { Capture, CaptureContext } from '../../core/capture.ts';
import { isClaimed } from '../../core/claimed-errors.ts';
import type { Cancel } from '../../core/platform.ts';
import { collectLocals } from '../exceptions/collect-locals.ts';
import { watchRejections } from './watch-rejections.ts';

export interface UncaughtOptions {
  /**
   * Whether the local variables of the application's calls are kept with what is thrown, for errors that are caught and reported too. Each throw costs
   * a fraction of a millisecond then, and each `await` about a microsecond. @default METLOG_LOCALS, else true
   */
  readonly locals?: boolean | undefined;
}

/**
 * Sends what nobody caught, errors and rejected promises, as exceptions with `handled: false`, and keeps local variables. The process ends, or goes on, as
 * it would without: its code, its own listeners and what Node prints stay as they are. An error is sent once, and not at all if a binding has sent it.
 */
export function uncaught({ locals = isLocalsWanted() }: UncaughtOptions = {}): Capture {
  return {
    name: 'uncaught',
    start(context): Cancel {
      const endErrors = watchErrors(context);
      const endLocals = locals ? collectLocals(context) : () => undefined;
      return () => {
        endErrors();
        endLocals();
      };
    },
  };
}

function watchErrors({ metlog }: CaptureContext): Cancel {
  const seen = new WeakSet();

  function take(thrown: unknown, mechanism: string): void {
    if (typeof thrown === 'object' && thrown !== null) {
      if (seen.has(thrown) || isClaimed(thrown)) return;
      seen.add(thrown);
    }
    metlog.exception(thrown, { handled: false, mechanism });
    // Where a listener of the application throws in its turn, Node ends without an `exit` event. All is on its way once this call returns.
    void metlog.flush(0);
  }

  // It is told before anything else happens, and changes nothing of it. https://nodejs.org/api/process.html#event-uncaughtexceptionmonitor
  process.on('uncaughtExceptionMonitor', take);
  const endRejections = watchRejections((reason) => take(reason, 'unhandledRejection'));
  return () => {
    process.off('uncaughtExceptionMonitor', take);
    endRejections();
  };
}

function isLocalsWanted(): boolean {
  return !/^(?:0|false|no|off)$/i.test(process.env['METLOG_LOCALS'] ?? '');
}
