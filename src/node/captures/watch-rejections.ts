import type { Cancel } from '../../core/platform.ts';

const EVENT = 'unhandledRejection';

/**
 * Calls `tell` with the reason of each rejection that nobody handles, where that ends in no uncaught exception. A listener of ours would keep Node from
 * its default, to throw; so there is one only beside the application's own, or where the mode of `--unhandled-rejections` asks nobody.
 */
export function watchRejections(tell: (reason: unknown) => void): Cancel {
  const onRejection = (reason: unknown): void => tell(reason);
  let isListening = false;

  function listen(wanted: boolean): void {
    if (wanted === isListening) return;
    isListening = wanted;
    if (wanted) process.on(EVENT, onRejection);
    else process.off(EVENT, onRejection);
  }

  if (isHarmless(rejectionMode())) {
    listen(true);
    return () => listen(false);
  }
  /** The application's listeners. */
  const count = (): number => process.listenerCount(EVENT) - (isListening ? 1 : 0);
  const onAdded = (event: string | symbol, listener: unknown): void => {
    if (event === EVENT && listener !== onRejection) listen(true);
  };
  const onRemoved = (event: string | symbol, listener: unknown): void => {
    if (event !== EVENT) return;
    if (listener === onRejection) isListening = false;
    else if (count() === 0) listen(false);
  };
  listen(count() > 0);
  process.on('newListener', onAdded);
  process.on('removeListener', onRemoved);
  return () => {
    process.off('newListener', onAdded);
    process.off('removeListener', onRemoved);
    listen(false);
  };
}

/** In these Node does the same whether or not somebody listens. https://nodejs.org/api/cli.html#--unhandled-rejectionsmode */
const isHarmless = (mode: string): boolean => mode === 'none' || mode === 'warn';

/** What stands last counts, and the command line before NODE_OPTIONS. */
function rejectionMode(): string {
  const options = [...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/), ...process.execArgv];
  return options.reduce((mode, option, index) => {
    if (option.startsWith('--unhandled-rejections=')) return option.slice(option.indexOf('=') + 1);
    return options[index - 1] === '--unhandled-rejections' ? option : mode;
  }, 'throw');
}
