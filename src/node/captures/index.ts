export { uncaught } from './uncaught.ts';
export type { UncaughtOptions } from './uncaught.ts';
export type { Capture, CaptureContext } from '../../core/capture.ts';
