/** As many as there are `--series-1` and so on in chart.css; further lines begin anew. */
const COLOUR_COUNT = 8;

/** The name of the CSS variable with the colour of the line at this index. */
export const seriesVariable = (index: number): string => `--series-${(index % COLOUR_COUNT) + 1}`;

/** The value of a CSS variable as it is now: light or dark. */
export const colourOf = (variable: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
