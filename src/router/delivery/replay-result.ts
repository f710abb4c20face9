/** What became of the dead letters that were delivered once more. */
export type ReplayResult =
  | {
      readonly status: 'done';
      readonly delivered: number;
      /** Back in the dead letters, each with its new reason. */
      readonly refused: number;
      /** Back in the dead letters as they were: the back end fails, for the reason in `trouble`, or the router ends. */
      readonly remaining: number;
      readonly trouble: string | undefined;
    }
  /** Another replay of this sink is under way. */
  | { readonly status: 'under-way' };
