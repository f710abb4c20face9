/** An optional peer is not installed. The message names it and the command that installs it. */
export class MissingPeerError extends Error {
  override readonly name = 'MissingPeerError';
  readonly code = 'missing-peer';
}

/**
 * Loads an optional peer with `load`, which imports it. Rejects with MissingPeerError if it, or a package that it needs, is not installed; `purpose` says
 * what needs it, e.g. `the archive`, and `meansMissing` knows what else such a failure looks like.
 */
export async function loadPeer<Module>(
  name: string,
  purpose: string,
  load: () => Promise<Module>,
  meansMissing: (error: Error) => boolean = () => false,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof Error) || !(hasMissingCode(error) || meansMissing(error))) throw error;
    throw new MissingPeerError(`${name} is needed for ${purpose}; install it with: npm install ${name}`, {
      cause: error,
    });
  }
}

/** The first is of `import`, the second of `require`, which a package may use inside. */
const hasMissingCode = (error: Error): boolean =>
  'code' in error && (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND');
