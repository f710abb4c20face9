import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/core/decode.ts';
import { createSender } from '../../src/core/sender.ts';
import { createSign } from '../../src/core/sign.ts';
import { createManualPlatform } from '../../src/testing/index.ts';

const LINE = '{"type":"a","timestamp":"2026-01-01T00:00:00.000Z","severity":6,"payload":"","metadata":{}}';

describe('createSender', () => {
  it('numbers the messages of its datagrams from 0', () => {
    const sender = createSender('shop', createManualPlatform());
    const numbered = [[LINE, LINE], [LINE], [LINE, LINE, LINE]].map((lines) => sender.number(lines));
    expect(numbered.map(({ seq, count }) => [seq, count])).toEqual([
      [0, 2],
      [2, 1],
      [3, 3],
    ]);
  });

  it('writes a datagram that the decoder takes, with host, process and the time of the attempt', () => {
    const platform = createManualPlatform();
    const datagram = createSender('shop', platform).number([LINE]);
    const first = datagram.encode(platform.now());
    expect(decode(first, platform.now())).toMatchObject({
      ok: true,
      batches: [
        {
          header: {
            metlog: 1,
            logger: 'shop',
            hostname: 'test-host',
            pid: 1,
            sender: 'manual0000000000',
            seq: 0,
            sent: '2026-01-01T00:00:00.000Z',
          },
          lines: [LINE],
        },
      ],
    });
    expect(datagram.encode(platform.now() + 1_500)).toBe(first.replace('00:00:00.000Z"}', '00:00:01.500Z"}'));
  });

  it('has a name of its own each', () => {
    const platform = createManualPlatform();
    const texts = [createSender('a', platform), createSender('a', platform)].map((sender) =>
      sender.number([LINE]).encode(0),
    );
    expect(texts[0]).not.toBe(texts[1]);
  });

  it('never writes a longer header than it says', () => {
    const platform = createManualPlatform();
    const sender = createSender('naïve "shop"\n😀', platform);
    sender.number({ length: 1e15 } as unknown as string[]); // a very long life
    const header = sender
      .number([LINE])
      .encode(Date.UTC(9999, 11, 31))
      .split('\n')[0]!;
    expect(header).toContain('"seq":1000000000000000');
    expect(platform.byteLength(header) + 1).toBeLessThanOrEqual(sender.overheadBytes);
  });

  it('signs anew at each attempt, every byte before the last line, and counts the signature in what it takes', () => {
    const platform = createManualPlatform();
    const sign = createSign('shop-1:a secret of some length', platform);
    const signed = createSender('shop', platform, sign);
    const datagram = signed.number([LINE, LINE]);
    const texts = [0, 1_500].map((ms) => datagram.encode(platform.now() + ms));
    for (const text of texts) {
      const at = text.lastIndexOf('#');
      const signature = createHmac('sha256', 'a secret of some length').update(text.slice(0, at)).digest('base64url');
      expect(text.slice(at)).toBe(`#${signature}\n`);
      expect(JSON.parse(text.split('\n')[0]!)).toMatchObject({ key: 'shop-1' });
      expect(text).not.toContain('a secret');
    }
    expect(texts[0]!.slice(texts[0]!.lastIndexOf('#'))).not.toBe(texts[1]!.slice(texts[1]!.lastIndexOf('#')));
    const plain = createSender('shop', platform);
    const added = ',"key":"shop-1"'.length + `#${'x'.repeat(43)}\n`.length;
    expect(signed.overheadBytes - plain.overheadBytes).toBe(added);
    expect(texts[0]!.length - plain.number([LINE, LINE]).encode(platform.now()).length).toBe(added);
  });

  it('leaves out what the runtime does not know', () => {
    const sender = createSender('shop', { ...createManualPlatform(), host: {} });
    const header = JSON.parse(sender.number([LINE]).encode(0).split('\n')[0]!) as object;
    expect(Object.keys(header)).toEqual(['metlog', 'logger', 'sender', 'seq', 'sent']);
  });
});
