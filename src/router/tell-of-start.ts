import type { ReceiverClient } from './input/receiver-client.ts';
import type { SetAsideStats } from './journal/set-aside.ts';

/** Says what a person should know of a start: what a crash left, and a receive buffer that is too small. */
export function tellOfStart(
  { recvBuffer, recovered }: Pick<ReceiverClient, 'recvBuffer' | 'recovered'>,
  setAside: SetAsideStats,
  warn: (text: string) => void,
): void {
  const { torn } = recovered;
  if (torn.segments > 0) {
    warn(
      `the last run was cut short: ${torn.bytes} bytes of unfinished text were cut off ${torn.segments} journal segments`,
    );
  }
  if (setAside.files > 0) {
    warn(`${setAside.files} segments that could not be read lie in the journal as .bad, ${setAside.bytes} bytes`);
  }
  if (recvBuffer.grantedBytes < recvBuffer.askedBytes) {
    warn(
      `the receive buffer has ${recvBuffer.grantedBytes} bytes instead of ${recvBuffer.askedBytes}, and bursts may be lost; ` +
        (process.platform === 'linux'
          ? `allow it with: sysctl -w net.core.rmem_max=${recvBuffer.askedBytes}`
          : 'the system allows no more'),
    );
  }
}
