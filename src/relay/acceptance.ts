/** A line that was not taken; `line` counts from 1, the header's. */
export interface RefusedLine {
  readonly line: number;
  readonly error: string;
}

/** What became of a body. */
export type Acceptance =
  | {
      /** Messages that are on their way. */
      readonly accepted: number;
      /** Messages that had arrived before: of a body sent twice, as its first answer was lost. */
      readonly duplicates: number;
      readonly refused: readonly RefusedLine[];
      /** How many lines were not taken, where `refused` lists only the first of them. @default refused.length */
      readonly refusedCount?: number;
    }
  /** Nothing was taken. `journal-failed` and `unreachable`: the same body may be sent again later; anything else says what is wrong with it. */
  | { readonly rejected: string };

/** The acceptance with the reasons of lines in whose place the relay itself has put a refusal. */
export function withReasons(acceptance: Acceptance, reasons: ReadonlyMap<number, string>): Acceptance {
  if ('rejected' in acceptance || reasons.size === 0) return acceptance;
  const refused = acceptance.refused.map(({ line, error }) => ({ line, error: reasons.get(line) ?? error }));
  return { ...acceptance, refused };
}
