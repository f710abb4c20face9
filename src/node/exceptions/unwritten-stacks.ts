import type { Cancel } from '../../core/platform.ts';

/**
 * Keeps the stacks of errors unwritten while `isPaused`. V8 tells a debugger what was thrown with its stack, and so writes that down, after which Node no longer
 * finds the line that it prints above an error of a promise that nobody handled. Before it is written Node asks for `Error.prepareStackTrace`, which fails then:
 * the stack is written when somebody else asks for it. It also shortens the pause. The property can be set and read as before.
 */
export function keepStacksUnwritten(isPaused: () => boolean): Cancel {
  const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  let value: unknown = before?.value;
  const get = (): unknown => {
    if (isPaused()) throw new Error('the stack is not written yet');
    return value;
  };
  const set = (next: unknown): void => {
    value = next;
  };
  if (before && (!before.configurable || before.get)) return () => undefined; // somebody else watches it
  Object.defineProperty(Error, 'prepareStackTrace', {
    get,
    set,
    configurable: true,
    enumerable: before?.enumerable ?? true,
  });
  return () => {
    if (Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')?.get !== get) return; // somebody's own now
    if (before || value !== undefined)
      Object.defineProperty(Error, 'prepareStackTrace', {
        writable: true,
        enumerable: true,
        configurable: true,
        ...before,
        value,
      });
    else Reflect.deleteProperty(Error, 'prepareStackTrace');
  };
}
