import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runtime } from '../../../src/node/captures/runtime.ts';
import { createTestMetlog } from '../../../src/testing/test-metlog.ts';
import { runScript } from '../run-script.ts';
import { startUdpReceiver, type UdpReceiver } from '../udp-receiver.ts';

let receiver: UdpReceiver;

beforeEach(async () => {
  receiver = await startUdpReceiver();
});

afterEach(() => receiver.close());

describe('runtime', () => {
  it('tells memory and the use of the event loop at each interval, until the client is closed', async () => {
    const { metlog, messages, platform } = createTestMetlog({ rate: 0, capture: [runtime({ everyMs: 2_000 })] });
    const memory = () => messages().filter(({ metadata }) => metadata['name'] === 'node.memory.rss');
    platform.advance(1_999);
    expect(memory()).toHaveLength(0);
    platform.advance(1);
    expect(memory()).toHaveLength(1);
    expect(Number(memory()[0]!.payload)).toBeGreaterThan(1e6);
    expect(messages().map(({ metadata }) => metadata['name'])).toEqual(
      expect.arrayContaining([
        'node.memory.heap-used',
        'node.memory.heap-total',
        'node.memory.external',
        'node.event-loop.use',
      ]),
    );
    platform.advance(4_000);
    expect(memory()).toHaveLength(3);
    await metlog.close();
    platform.advance(10_000);
    expect(memory()).toHaveLength(3);
  });

  it('takes no interval under a second', () => {
    const { messages, platform } = createTestMetlog({ capture: [runtime({ everyMs: 0 })] });
    platform.advance(999);
    expect(messages()).toEqual([]);
    platform.advance(1);
    expect(messages().length).toBeGreaterThan(0);
  });

  it('shows a loop that was blocked, and garbage that was collected, and keeps no process alive', async () => {
    const source = `
      import { createMetlog } from 'NODE';
      import { runtime } from 'CAPTURES';
      createMetlog({ capture: [runtime({ everyMs: 1000 })] });
      setTimeout(() => { const end = Date.now() + 300; while (Date.now() < end); }, 100);
      setTimeout(() => gc(), 600);
      setTimeout(() => {}, 1300);`;
    const env = { METLOG_DEST: `udp://127.0.0.1:${receiver.port}`, NODE_OPTIONS: '--expose-gc' };
    expect(await runScript({ 'main.mjs': source }, env)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    await receiver.received(1);
    // A process that was held up may tell of a second interval, in which nothing of this was.
    const values: Record<string, number> = {};
    for (const { metadata, payload } of receiver.messages()) {
      const name = metadata['name'] as string;
      values[name] = Math.max(values[name] ?? 0, Number(payload));
    }
    expect(values['node.event-loop.delay.max']).toBeGreaterThan(200);
    expect(values['node.event-loop.delay.max']).toBeGreaterThan(values['node.event-loop.delay.p50']!);
    expect(values['node.event-loop.use']).toBeGreaterThan(0.2);
    expect(values['node.gc.major']).toBeGreaterThan(0);
    expect(values['node.gc.major.ms']).toBeGreaterThan(0);
  });
});
