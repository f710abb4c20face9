import { cpuUsage } from 'node:process';
import { report, task } from './lib/processes.mjs';

// Copies a file into HDFS as the router does, and verifies it there; reports how long it took and what it cost this process.

const { hadoop, place, user, from, path } = task();
const { createHdfsRemote } = await import(hadoop);
const remote = createHdfsRemote(place, { user });
const startedMs = performance.now();
const before = cpuUsage();
await remote.put(from, path);
const { user: userUs, system } = cpuUsage(before);
const seconds = (performance.now() - startedMs) / 1_000;
await remote.close();
await report({ seconds, cpuMs: (userUs + system) / 1_000 });
