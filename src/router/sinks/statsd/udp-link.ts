import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../../core/platform.ts';
import { messageOf } from '../../../core/text-of.ts';
import { codeOf } from '../../errors.ts';
import { untilAborted } from '../until-aborted.ts';
import type { StatsdLink, StatsdTarget } from './link.ts';
import { createQueuePace, createTimedPace, pause, type Pace } from './pace.ts';
import { readReceiveQueue } from './receive-queue.ts';
import { isLoopback, literalAddress, resolveHost, type Address } from './resolve.ts';

/** A host's name is asked for again after this, in milliseconds. */
const RESOLVE_AGAIN_MS = 60_000;
/** A refusal comes back within this from another machine, in milliseconds; from this one with the next turn of the event loop. */
const QUIET_REMOTE_MS = 100;
/** Another machine that was silent about a batch counts as listening for so long, in milliseconds: waiting after each would be slow. */
const PROVEN_MS = 1_000;

/** A connected socket, which tells when nobody listens at its other end. */
interface Line {
  readonly socket: Socket;
  readonly address: Address;
  readonly pace: Pace;
  /** Where the name leads by now, if that is elsewhere. */
  movedTo: Address | undefined;
}

/**
 * Sends by UDP. There are no receipts; but a refusal (ICMP, port unreachable) comes back where statsd is down. It does not say which datagrams
 * it is about, so it speaks for all of them.
 */
export function createUdpLink(
  { host, port }: StatsdTarget,
  clock: Clock,
  resolve: (host: string) => Promise<Address> = resolveHost,
): StatsdLink {
  const literal = literalAddress(host);
  let line: Line | undefined;
  let opening: Promise<Line> | undefined;
  let failure: Error | undefined;
  let askedAtMs = -Infinity;
  let provenAtMs = -Infinity;
  let isClosed = false;

  async function ask(): Promise<Address> {
    askedAtMs = clock.monotonic();
    return resolve(host);
  }

  async function open(known: Address | undefined): Promise<Line> {
    const address = known ?? (await ask());
    const socket = createSocket(address.family === 6 ? 'udp6' : 'udp4');
    socket.unref();
    socket.connect(port, address.ip);
    try {
      await once(socket, 'connect');
      if (isClosed) throw new Error('the sink is closed');
    } catch (error) {
      socket.close();
      throw error;
    }
    failure = undefined;
    provenAtMs = -Infinity;
    socket.on('error', (error) => (failure = error));
    return { socket, pace: paceTo(address, port, clock), address, movedTo: undefined };
  }

  async function connected(): Promise<Line> {
    const movedTo = line?.movedTo;
    if (line && movedTo) hangUp(line);
    if (line) return line;
    opening ??= open(literal ?? movedTo).finally(() => (opening = undefined));
    line = await opening;
    return line;
  }

  function hangUp(dead: Line): void {
    if (line !== dead) return;
    line = undefined;
    dead.socket.close();
  }

  /** Asks for the name again, beside the work; one that cannot be found now leaves things as they are. */
  async function follow(from: Line): Promise<void> {
    if (literal || clock.monotonic() - askedAtMs < RESOLVE_AGAIN_MS) return;
    const found = await ask().catch(() => from.address);
    if (found.ip !== from.address.ip) from.movedTo = found;
  }

  /** Throws what has come back since the last time, if anything has. */
  function checkFailure(from: Line): void {
    const error = failure;
    if (!error) return;
    failure = undefined;
    provenAtMs = -Infinity;
    // A name may lead elsewhere by now, and a socket that has lost its way does not find it again.
    if (!literal || codeOf(error) !== 'ECONNREFUSED') hangUp(from);
    const what =
      codeOf(error) === 'ECONNREFUSED'
        ? `nobody listens at udp://${host}:${port}`
        : `udp://${host}:${port} cannot be reached: ${messageOf(error)}`;
    throw new Error(what, { cause: error });
  }

  const sendOne = (socket: Socket, datagram: string): Promise<void> =>
    new Promise((resolve) => {
      // Lines are ASCII, and Node would measure text that may be more.
      socket.send(Buffer.from(datagram, 'latin1'), (error) => {
        if (error) failure ??= error;
        resolve();
      });
    });

  /** Waits for the refusal that comes back if nobody listens. */
  async function awaitRefusal({ address }: Line, signal: AbortSignal): Promise<void> {
    if (isLoopback(address)) {
      // It is there with the next turn of the event loop; the second is for a busy machine.
      await nextTurn();
      await nextTurn();
    } else if (clock.monotonic() - provenAtMs >= PROVEN_MS) {
      await pause(QUIET_REMOTE_MS, clock, signal);
    }
  }

  return {
    async send(datagrams, signal) {
      if (isClosed) throw new Error('the sink is closed');
      if (datagrams.length === 0 || signal.aborted) return 0;
      const through = await untilAborted(connected(), signal);
      void follow(through);
      checkFailure(through); // of the batch before, too late for it
      const leaving: Promise<unknown>[] = [];
      let leftCount = 0;
      for (const datagram of datagrams) {
        if (!(await mayLeave(datagram, through.pace, signal)) || failure) break;
        const left = sendOne(through.socket, datagram);
        leaving.push(left.then(() => (leftCount += 1)));
      }
      // Once it is aborted, what has not left by now comes again.
      await untilAborted(Promise.all(leaving), signal).catch(() => undefined);
      await awaitRefusal(through, signal);
      checkFailure(through);
      provenAtMs = clock.monotonic();
      return leftCount;
    },
    close() {
      isClosed = true;
      if (line) hangUp(line);
    },
  };
}

/** Waits for its turn; false if `signal` was aborted before it came. */
async function mayLeave(datagram: string, pace: Pace, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (pace.admits(datagram.length)) return true;
    await pace.rest(signal);
  }
  return false;
}

function paceTo(address: Address, port: number, clock: Clock): Pace {
  const isSeen = isLoopback(address) && process.platform === 'linux';
  return isSeen ? createQueuePace(() => readReceiveQueue(port), clock) : createTimedPace(clock);
}
