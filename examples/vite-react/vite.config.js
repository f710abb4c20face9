import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  server: {
    host: '127.0.0.1',
    // Pages send to their own origin; in development, on to `metlog serve`.
    proxy: { '/v1/messages': process.env.METLOG_HTTP ?? 'http://127.0.0.1:5566' },
  },
});
