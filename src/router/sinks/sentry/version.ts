/** The package's version, as the sink names itself; a test holds it equal to the manifest. */
export const VERSION = '0.1.0';
