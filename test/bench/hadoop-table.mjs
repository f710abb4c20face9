import { short, withNoise } from './lib/numbers.mjs';
import { table } from './lib/table.mjs';

/** What the load is meant to be; a hundredth of it is what timers of a busy machine miss. */
const WANTED_RATE = 99_000;
const MAX_FILES_A_DAY = 24;
/** What a router makes of 100,000 messages a second with 12 bytes each. */
const NEEDED_MIB_A_SECOND = (100_000 * 12) / 1024 ** 2;
const whole = (count) => count.toLocaleString('en-US');

export function renderHadoop(result) {
  const { rounds, seconds, sent, rate, localUs, remoteUs, ratio, localMiB, remoteMiB, puts, paper } = result;
  const { copiedFiles, copiedMiBASecond, bytesAMessage, mostWaitingMiB, localDrainSeconds, remoteDrainSeconds } =
    result;
  const isMet = (met, text) => `- ${met ? 'Met' : '**Not met**'}: ${text}`;
  const keepsUp = result.lost === 0 && result.failures === 0 && result.waitingFiles === 0 && rate.median >= WANTED_RATE;
  return [
    `\`metlog serve\` with and without a copy of its archive in a real HDFS of one NameNode and one DataNode, in turns: ${rounds} of each, ${seconds} s at ${short(rate.median)} messages a second in 16 KiB datagrams, medians (least–most). A message leaves \`_recent\` after 10 s instead of an hour, so that files are made and copied all the time. **The two cores are shared** by the router, the load, the NameNode and the DataNode; the router's CPU is that of its whole process, merging included, until the last message is copied. ${result.lost === 0 ? 'None was lost.' : `${whole(result.lost)} of ${whole(2 * sent)} messages were lost on the way in.`}`,
    table(
      ['', 'CPU a message, µs', 'memory at most, MiB', 'all is there after the load, s'],
      [
        ['archive here alone', withNoise(localUs), withNoise(localMiB), withNoise(localDrainSeconds)],
        ['and copied to HDFS', withNoise(remoteUs), withNoise(remoteMiB), withNoise(remoteDrainSeconds)],
      ],
    ),
    `Copying costs ${withNoise(ratio)} × in pairs. A run copies ${withNoise(copiedFiles)} files of ${short(bytesAMessage)} bytes a message (the load repeats itself; 300 services leave about 12), ${withNoise(copiedMiBASecond)} MiB/s from the start of the load to the last copy; at most ${withNoise(mostWaitingMiB)} MiB waited. Of the seconds after the load, ten are those that a message stays in \`_recent\`.`,
    `One file of 128 MiB brought into the same HDFS, which the router does ${short(puts[0].mibASecond.median / NEEDED_MIB_A_SECOND)} times as fast as 100,000 messages a second of 12 bytes need. CPU is that of the process that brings it.`,
    table(
      ['', 'MiB/s', 'CPU, ms a MiB'],
      puts.map(({ label, mibASecond, cpuMsAMib }) => [label, withNoise(mibASecond), withNoise(cpuMsAMib)]),
    ),
    'Files of a router in the store, on paper: a week, one day of it with the store away, by the plan that the merger carries out, with 12 bytes a message.',
    table(
      ['messages a second', 'MiB a day', 'most files a day', 'largest, MiB'],
      paper.map(({ ratePerSecond, mibADay, mostFiles, largestMiB }) => [
        whole(ratePerSecond),
        short(mibADay),
        mostFiles,
        short(largestMiB),
      ]),
    ),
    [
      isMet(
        keepsUp,
        `copying keeps up with 100,000 messages a second on 2 cores. Measured: ${short(rate.median)} a second, ${whole(result.waitingFiles)} files wait at the end, ${whole(result.failures)} failures.`,
      ),
      isMet(
        result.missingMessages === 0 && result.missingBytes === 0,
        'what was received is what was copied, to the message, and what the NameNode has is that, to the byte.',
      ),
      ...paper.map(({ ratePerSecond, mostFiles, mibADay }) =>
        isMet(
          mostFiles <= MAX_FILES_A_DAY,
          `at most 24 files a day and router at ${whole(ratePerSecond)} messages a second. Counted: ${mostFiles}${mostFiles <= MAX_FILES_A_DAY ? '' : `, as no file is larger than 128 MiB and a day has ${short(mibADay)}`}.`,
        ),
      ),
    ].join('\n'),
  ].join('\n\n');
}
