import { inject, type App, type ComponentPublicInstance, type InjectionKey } from 'vue';
import { claimError } from '../core/claimed-errors.ts';
import type { Metlog } from '../core/metlog.ts';
import { defaultMetlog } from '../core/default-metlog.ts';

export interface MetlogPluginOptions {
  /** @default the default client */
  readonly metlog?: Metlog | undefined;
}

/** The same for all copies of this package in a page. */
const KEY: InjectionKey<Metlog> = /* @__PURE__ */ Symbol.for('metlog.vue');

/**
 * `app.use(metlogPlugin, { metlog })` sends what components throw, as exceptions with the component's name and the hook in their metadata, and gives
 * `useMetlog` its client. An error handler that the app has by then is still called; without one the error is printed, as Vue does.
 */
export const metlogPlugin = {
  install(app: App, { metlog = defaultMetlog }: MetlogPluginOptions = {}): void {
    app.provide(KEY, metlog);
    const previous = app.config.errorHandler;
    app.config.errorHandler = (error, instance, hook) => {
      if (claimError(error)) {
        const metadata = { component: componentName(instance), hook };
        metlog.exception(error, { handled: previous !== undefined, mechanism: 'vue', metadata });
      }
      if (previous) previous(error, instance, hook);
      else console.error(error);
    };
  },
};

/** The client of the app's plugin, else the default one, which is silent until `configure`. For `setup` and what it calls. */
export function useMetlog(): Metlog {
  return inject(KEY, defaultMetlog);
}

/** As its file or its author calls it. */
function componentName(instance: ComponentPublicInstance | null): string | undefined {
  const { name, __name } = instance?.$options ?? {};
  return name ?? __name;
}
