export { httpClient } from './http-client.ts';
export { httpServer } from './http-server.ts';
export { uncaught } from './uncaught.ts';
export type { HttpClientOptions } from './http-client.ts';
export type { HttpServerOptions } from './http-server.ts';
export type { UncaughtOptions } from './uncaught.ts';
export type { Capture, CaptureContext } from '../../core/capture.ts';
