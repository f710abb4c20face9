import type { RouterConfig } from './config.ts';

/** The configuration as it is given, for editors and compilers: `export default defineConfig({ … })`. It is checked when it is loaded. */
export function defineConfig(config: RouterConfig): RouterConfig {
  return config;
}
