/** UTC days of receipt, `YYYY-MM-DD`, both included; an end that is left out is open. */
export interface DayRange {
  readonly from?: string;
  readonly to?: string;
}

/** Days as text sort as days do. */
export const isInRange = (dt: string, { from = '', to = '9999-12-31' }: DayRange): boolean => dt >= from && dt <= to;
