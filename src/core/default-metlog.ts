import * as calls from './default-client.ts';
import type { Metlog } from './metlog.ts';

/** The default client, whichever it is at each call: silent until `configure`. Its children are those of the client at their making. */
export const defaultMetlog: Metlog = {
  send: calls.send,
  incr: calls.incr,
  gauge: calls.gauge,
  time: calls.time,
  timing: calls.timing,
  timer: calls.timer,
  exception: calls.exception,
  debug: calls.debug,
  info: calls.info,
  notice: calls.notice,
  warn: calls.warn,
  error: calls.error,
  critical: calls.critical,
  alert: calls.alert,
  emergency: calls.emergency,
  addFlavor: calls.addFlavor,
  setMetadata: calls.setMetadata,
  use: calls.use,
  child: (options) => calls.getMetlog()?.child(options) ?? defaultMetlog,
  setMetlogDest: calls.setMetlogDest,
  setEnabled: calls.setEnabled,
  flush: calls.flush,
  close: calls.close,
  get stats() {
    return calls.stats();
  },
};
