export { TARGET_BYTES } from '../../src/store/merge/merge-plan.ts';
export { createHdfsRemote } from '../../src/store/remote/hdfs/hdfs.ts';
export { simulateCopies } from '../store/simulate-copies.ts';
export { startHdfs } from '../system/servers/hdfs.ts';
