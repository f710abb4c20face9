/** Words that begin or join the parts of a SELECT, as DuckDB reads them. https://duckdb.org/docs/stable/sql/keywords_and_identifiers */
export const KEYWORDS: readonly string[] =
  'all and any as asc at between by case cast cross desc distinct else end except exists false filter from full group having ilike in inner intersect interval is join last lateral left like limit natural not null nulls offset on or order outer over partition qualify right rows select similar then true union unnest using values when where window with'.split(
    ' ',
  );

/** Words, besides, that DuckDB takes for no name of a view or a column. */
export const RESERVED: readonly string[] =
  'analyse analyze anti array asof asymmetric at authorization binary both check collate collation column concurrently constraint create default deferrable describe do fetch for foreign freeze glob initially into isnull lambda leading notnull only overlaps pivot pivot_longer pivot_wider placing positional primary references returning semi show some summarize symmetric table tablesample to trailing unique unpack unpivot variadic verbose'.split(
    ' ',
  );

/** Functions that questions about messages often want. */
export const FUNCTIONS: readonly string[] =
  'abs any_value approx_quantile arg_max arg_min avg coalesce count count_if date_part date_trunc epoch_ms greatest json_extract_string lag lead least length list lower max median min mode now quantile_cont regexp_matches round row_number stddev strftime string_agg sum time_bucket try_cast upper'.split(
    ' ',
  );
