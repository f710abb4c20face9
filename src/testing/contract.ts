/** One promise of an interface, as a test of any framework can run it: `for (const { name, run } of cases) it(name, run)`. */
export interface ContractCase {
  /** A sentence. */
  readonly name: string;
  /** Rejects when the promise is broken. */
  run(): Promise<void>;
}
