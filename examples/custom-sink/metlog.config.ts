// npx metlog serve --config examples/custom-sink/metlog.config.ts
import { defineConfig } from 'metlog/router';
import { webhook } from './webhook.ts';

export default defineConfig({
  sinks: {
    alerts: webhook(process.env['ALERTS_URL'] ?? 'http://127.0.0.1:8080/alerts'),
  },
  routes: [{ match: { severity: { max: 3 } }, to: ['alerts'] }],
  routeTests: [
    { message: { type: 'exception', severity: 3 }, to: ['alerts'] },
    { message: { type: 'log', severity: 6 }, to: [] },
  ],
});
