import type { Capture } from '../core/capture.ts';
import { defaultMetlog } from '../core/default-metlog.ts';
import { readEnvOptions } from '../core/env-options.ts';
import { startCaptures } from '../core/start-captures.ts';
import { textOf } from '../core/text-of.ts';
import { breadcrumbs } from './captures/breadcrumbs.ts';
import { httpClient } from './captures/http-client.ts';
import { httpServer } from './captures/http-server.ts';
import { runtime } from './captures/runtime.ts';
import { uncaught } from './captures/uncaught.ts';
import { configure } from './client.ts';
import { createNodePlatform } from './platform.ts';

/** What is recorded without a line of code, by its name in METLOG_CAPTURE. */
const CAPTURES: Readonly<Record<string, () => Capture>> = {
  uncaught,
  'http-server': httpServer,
  'http-client': httpClient,
  runtime,
  breadcrumbs,
};

/**
 * Makes the default client of what the environment says and starts what METLOG_CAPTURE names, separated by commas (all of it where it is not set, nothing
 * where it is empty). An application that configures a client of its own goes on being watched, through that one. Never throws.
 */
function register(env: Readonly<Record<string, string | undefined>>): void {
  const tell = (message: string): void => console.warn(`metlog: ${message}`);
  try {
    configure();
    if (readEnvOptions(env, () => undefined).enabled === false) return;
    const captures = namesIn(env['METLOG_CAPTURE']).flatMap((name) => {
      const make = Object.hasOwn(CAPTURES, name) ? CAPTURES[name] : undefined;
      if (make) return [make()];
      tell(`METLOG_CAPTURE names ${JSON.stringify(name)}, but there are only ${Object.keys(CAPTURES).join(', ')}`);
      return [];
    });
    const clock = createNodePlatform();
    startCaptures(captures, { metlog: defaultMetlog, clock, isOwnRequest: () => false, tell });
  } catch (error) {
    tell(`nothing is recorded: ${textOf(error)}`);
  }
}

function namesIn(text: string | undefined): readonly string[] {
  if (text === undefined) return Object.keys(CAPTURES);
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

register(process.env);
