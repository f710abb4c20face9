/** How a store is called where a call may be as large as a day: many days take longer than any one may. */
export type InTime = <T>(run: (signal: AbortSignal) => Promise<T>) => Promise<T>;
