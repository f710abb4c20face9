/** A header line of the journal begins so, and no message line does: the router writes both. */
export const HEADER_START = '{"metlog":';

/**
 * Longest message line that the journal takes and its readers must be able to read, in bytes of UTF-8. A message is at most 1 MiB as it
 * arrives; made canonical, each bad byte becomes three.
 */
export const MAX_LINE_BYTES: number = 4 * 1024 * 1024;
