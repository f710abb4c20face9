import { cpus, release, totalmem, type } from 'node:os';

/** What a reader has to know of the machine; not which one it is. */
export function machineFacts() {
  const [cpu] = cpus();
  return {
    cores: cpus().length,
    cpu: cpu?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${release().split(/[-+]/)[0]}`,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
  };
}

export const describeMachine = ({ cores, cpu, memoryGiB, system, node, date }) =>
  `${cores} cores (${cpu}), ${memoryGiB} GiB, ${system}, Node ${node.slice(1)}, ${date}`;
