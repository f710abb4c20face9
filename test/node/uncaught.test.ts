import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runScript } from './run-script.ts';
import { startUdpReceiver, type UdpReceiver } from './udp-receiver.ts';

let receiver: UdpReceiver;

beforeEach(async () => {
  receiver = await startUdpReceiver();
});

afterEach(() => receiver.close());

const WITH = `
  import { createMetlog } from 'NODE';
  import { uncaught } from 'CAPTURES';
  globalThis.metlog = createMetlog({ capture: [uncaught()] });`;
const WITH_CJS = `
  const { createMetlog } = require('CJS');
  const { uncaught } = require('CAPTURES_CJS');
  globalThis.metlog = createMetlog({ capture: [uncaught()] });`;

interface Case {
  readonly source: string;
  /** `main.cjs` instead of `main.mjs`. */
  readonly cjs?: boolean;
  readonly options?: string;
  /** Types and texts of the exceptions that arrive. */
  readonly sent: readonly (readonly [type: string, value: string, mechanism?: string])[];
  /** Files beside it. */
  readonly files?: Readonly<Record<string, string>>;
}

const REJECTION = `async function load() { await null; throw new TypeError('rejected'); } load();`;
const rejected = [['TypeError', 'rejected', 'unhandledRejection']] as const;

const CASES: Readonly<Record<string, Case>> = {
  'a throw at the top of a module': {
    source: `function work() { throw new RangeError('sync', { cause: new Error('why') }); } work();`,
    sent: [['RangeError', 'sync', 'unhandledRejection']], // a module is evaluated in a promise
  },
  'a throw at the top of a CommonJS module': {
    cjs: true,
    source: `function work() { const error = new RangeError('sync'); error.code = 'E_SYNC'; throw error; } work();`,
    sent: [['RangeError', 'sync', 'uncaughtException']],
  },
  'a rejection of an async function': { source: REJECTION, sent: rejected },
  'a rejection with a text': { source: `Promise.reject('a text');`, sent: [['UnhandledPromiseRejection', 'a text']] },
  'a rejection with undefined': { source: `Promise.reject();`, sent: [['UnhandledPromiseRejection', 'undefined']] },
  'a stream that fails': {
    source: `import { Readable } from 'node:stream';
      new Readable({ read() { this.destroy(new Error('no more')); } }).resume();`,
    sent: [['Error', 'no more']],
  },
  'a throw in a timer': {
    source: `setTimeout(function tick() { const id = 7; null.x; }, 1);`,
    sent: [['TypeError', "Cannot read properties of null (reading 'x')"]],
  },
  'a throw of a text': { source: `setImmediate(() => { throw 'a text'; });`, sent: [['string', 'a text']] },
  'a throw of null': { cjs: true, source: `throw null;`, sent: [['null', 'null']] },
  'a syntax error in what is required': {
    cjs: true,
    source: `require('./broken.cjs');`,
    files: { 'broken.cjs': 'const = 5;' },
    sent: [['SyntaxError', "Unexpected token '='"]],
  },
  'a frozen error that has more to say': {
    source: `throw Object.freeze(Object.assign(new AggregateError([new Error('one')], 'all'), { detail: { code: 5 } }));`,
    sent: [['AggregateError', 'all']],
  },
  'a worker thread that nobody listens to': {
    source: `import { Worker } from 'node:worker_threads'; new Worker(new URL('./worker.mjs', import.meta.url));`,
    files: { 'worker.mjs': `import './with.mjs'; setTimeout(() => { throw new Error('in the worker'); }, 1);` },
    sent: [
      ['Error', 'in the worker'],
      ['Error', 'in the worker'],
    ],
  },
  'a worker thread that is listened to': {
    source: `import { Worker } from 'node:worker_threads';
      new Worker(new URL('./worker.mjs', import.meta.url)).on('error', ({ message }) => console.log(message));`,
    files: { 'worker.mjs': `import './with.mjs'; throw new Error('in the worker');` },
    sent: [['Error', 'in the worker']],
  },
  'a listener of its own, after which it goes on': {
    source: `process.on('uncaughtException', (error, origin) => { console.log('mine', error.message, origin); });
      setTimeout(() => console.log('still here'), 20);
      setTimeout(() => { throw new Error('first'); }, 1);
      Promise.reject(new Error('second'));`,
    sent: [
      ['Error', 'second', 'unhandledRejection'],
      ['Error', 'first', 'uncaughtException'],
    ],
  },
  'a listener of its own that ends the process': {
    source: `process.on('uncaughtException', () => process.exit(3)); throw new Error('first');`,
    sent: [['Error', 'first']],
  },
  'a listener of its own that throws': {
    source: `process.on('uncaughtException', () => { throw new Error('second'); }); throw new Error('first');`,
    sent: [['Error', 'first']],
  },
  'a capture callback': {
    source: `process.setUncaughtExceptionCaptureCallback((error) => console.log('mine', error.message)); throw new Error('first');`,
    sent: [['Error', 'first']],
  },
  'a listener for rejections': {
    source: `process.on('unhandledRejection', (reason) => console.log('mine', reason.message)); ${REJECTION}`,
    sent: rejected,
  },
  'a listener for rejections that throws them': {
    source: `process.on('unhandledRejection', (reason) => { throw reason; }); ${REJECTION}`,
    sent: rejected,
  },
  'a listener for rejections that was taken away again': {
    source: `const listener = () => {}; process.on('unhandledRejection', listener); process.off('unhandledRejection', listener); ${REJECTION}`,
    sent: rejected,
  },
  'listeners for rejections that were all taken away, and one that came after': {
    source: `process.on('unhandledRejection', () => {}); process.removeAllListeners('unhandledRejection');
      process.once('unhandledRejection', () => console.log('mine')); ${REJECTION} setImmediate(load);`,
    sent: [...rejected, ...rejected],
  },
  'rejections that warn': { options: '--unhandled-rejections=warn', source: REJECTION, sent: rejected },
  'rejections that are passed over': { options: '--unhandled-rejections none', source: REJECTION, sent: rejected },
  'rejections in strict mode': { options: '--unhandled-rejections=strict', source: REJECTION, sent: rejected },
  'rejections that warn and set the code': {
    options: '--unhandled-rejections=warn-with-error-code',
    source: `process.on('unhandledRejection', () => {}); ${REJECTION}`,
    sent: rejected,
  },
  'a code set by an exit handler': {
    source: `process.on('exit', (code) => { console.log(code); process.exitCode = 9; }); throw new Error('first');`,
    sent: [['Error', 'first']],
  },
  'traces of what is not caught': {
    options: '--trace-uncaught',
    source: `setTimeout(() => { throw { no: 'error' }; }, 1);`,
    sent: [['Object', '{"no":"error"}']],
  },
  'source maps of Node': {
    options: '--enable-source-maps',
    source: `setTimeout(() => { throw new Error('first'); }, 1);`,
    sent: [['Error', 'first']],
  },
};

/** What a process says at its end, and what became of it. */
async function run(name: string, isWatched: boolean) {
  const { source, cjs = false, options = '', files = {} } = CASES[name]!;
  const [main, watch] = cjs ? ['main.cjs', `require('./with.cjs');`] : ['main.mjs', `import './with.mjs';`];
  const result = await runScript(
    {
      [main]: `${watch} ${source}`,
      'with.mjs': isWatched ? WITH : '',
      'with.cjs': isWatched ? WITH_CJS : '',
      ...files,
    },
    { METLOG_DEST: `udp://127.0.0.1:${receiver.port}`, ...(options !== '' && { NODE_OPTIONS: options }) },
  );
  return { ...result, stderr: result.stderr.replace(/^\(node:\d+\)/gm, '(node:PID)') };
}

describe('what nobody caught', () => {
  it.each(Object.keys(CASES))('is sent, and all else is as without: %s', async (name) => {
    const { sent } = CASES[name]!;
    const without = await run(name, false);
    expect(receiver.texts).toEqual([]);
    const watched = await run(name, true);
    expect(watched).toEqual(without);
    const exceptions = (await receiver.receivedMessages(sent.length)).map(({ type, severity, metadata }) => ({
      type,
      severity,
      ...(metadata['exception'] as object),
    }));
    expect(exceptions).toHaveLength(sent.length);
    for (const [index, [type, value, mechanism]] of sent.entries()) {
      expect(exceptions[index]).toMatchObject({
        type,
        severity: 3,
        value: expect.stringContaining(value) as string,
        handled: false,
        ...(mechanism !== undefined && { mechanism }),
      });
    }
  });
});
