/** As shells count what a signal has ended: 128 and the signal's number. */
const CODES = { SIGINT: 130, SIGTERM: 143 };

/** The exit code of a command that has stopped because its signal was aborted. */
export const interruptedCode = ({ reason }: AbortSignal): number =>
  reason === 'SIGTERM' ? CODES.SIGTERM : CODES.SIGINT;
