/** A configuration that cannot be used. One line that names the option, what came and what is wanted. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: 'bad-option';
  constructor(code: ConfigError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** The router cannot start as things are; the configuration itself is sound. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code: 'data-dir-in-use' | 'data-dir-unusable' | 'udp-unusable' | 'receiver-failed';
  constructor(code: StartError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** The code of a failed system call, such as `ENOSPC`. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
