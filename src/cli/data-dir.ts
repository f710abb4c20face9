/** Where `serve` keeps everything, and the other commands look for it. */
export const DEFAULT_DATA_DIR = 'metlog-data';
/** The archive's folder in it. */
export const ARCHIVE_FOLDER = 'archive';
