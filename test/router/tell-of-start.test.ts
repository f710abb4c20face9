import { describe, expect, it } from 'vitest';
import { tellOfStart } from '../../src/router/tell-of-start.ts';

const QUIET = { files: 0, bytes: 0, deletedFiles: 0 };
const RECOVERED = { segments: [], nextOffset: 0, torn: { segments: 0, bytes: 0 } };

function toldOf(recvBuffer: { readonly askedBytes: number; readonly grantedBytes: number }): string[] {
  const told: string[] = [];
  tellOfStart({ recvBuffer, recovered: RECOVERED }, QUIET, (text) => told.push(text));
  return told;
}

describe('tellOfStart', () => {
  it.runIf(process.platform === 'linux')('names the sysctl that grants the receive buffer which was asked for', () => {
    expect(toldOf({ askedBytes: 4_194_304, grantedBytes: 212_992 })).toEqual([
      'the receive buffer has 212992 bytes instead of 4194304, and bursts may be lost; allow it with: sysctl -w net.core.rmem_max=4194304',
    ]);
  });

  it('says nothing of a start at which all is well', () => {
    expect(toldOf({ askedBytes: 4_194_304, grantedBytes: 4_194_304 })).toEqual([]);
  });
});
