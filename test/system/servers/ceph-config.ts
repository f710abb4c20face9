import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the parts of a Ceph of one of each kind lie and listen. */
export interface CephLayout {
  readonly dir: string;
  /** Names the cluster: what finds another's port by accident is turned away. */
  readonly clusterId: string;
  readonly monitorPort: number;
  readonly gatewayPort: number;
}

/** What a disk may hold. The file is sparse. */
const DISK_BYTES = 4 * 1024 ** 3;

/** Makes the folders of the parts; the path of their configuration. */
export async function writeCephConfig(layout: CephLayout): Promise<string> {
  for (const name of ['mon', 'osd', 'run', 'log']) await mkdir(join(layout.dir, name));
  const path = join(layout.dir, 'ceph.conf');
  await writeFile(path, cephConf(layout));
  return path;
}

export const monitorAddress = ({ monitorPort }: CephLayout): string => `v1:127.0.0.1:${monitorPort}`;

// One copy of everything, no keys among the parts, and nothing that runs by the hour.
const cephConf = (layout: CephLayout): string => `
[global]
fsid = ${layout.clusterId}
mon initial members = a
mon host = ${monitorAddress(layout)}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr2 = false
auth cluster required = none
auth service required = none
auth client required = none
run dir = ${layout.dir}/run
admin socket =
pid file =
log file = ${layout.dir}/log/$name.log
crash dir = ${layout.dir}/log
# The default, a second, is waited for at each of the dozens of steps of a first start.
paxos propose interval = 0.05
mon data avail warn = 1
mon data avail crit = 1
mon allow pool size one = true
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = bluestore
osd memory target = 939524096
osd class load list = *
osd class default list = *
bluestore block size = ${DISK_BYTES}
[mon.a]
mon data = ${layout.dir}/mon
[osd.0]
osd data = ${layout.dir}/osd
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:${layout.gatewayPort}
rgw thread pool size = 32
rgw dynamic resharding = false
`;
