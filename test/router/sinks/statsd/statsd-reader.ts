/** One metric as statsd understands it. */
export interface ReadMetric {
  readonly key: string;
  readonly value: string;
  readonly type: string;
  readonly rate: number;
}

/**
 * What statsd 0.9.0 makes of a datagram: its own splitting, regular expressions and checks. Throws where statsd would count a bad line.
 * https://github.com/statsd/statsd/blob/v0.9.0/stats.js (handlePacket, sanitizeKeyName), lib/helpers.js (is_valid_packet)
 */
export function readAsStatsd(datagram: string): ReadMetric[] {
  const read: ReadMetric[] = [];
  for (const metric of datagram.split('\n')) {
    if (metric.length === 0) continue;
    const [before = '', tagText = ''] = metric.split('|#');
    const tags = tagText.length > 0 ? tagText.split(',') : [];
    const bits = before.split(':');
    let key = bits.shift() ?? '';
    if (tags.length > 0) key += ';' + tags.map((tag) => tag.replace(';', '_').replace(':', '=')).join(';');
    key = key
      .replace(/\s+/g, '_')
      .replace(/\//g, '-')
      .replace(/[^a-zA-Z_\-0-9.;=]/g, '');
    if (bits.length === 0) bits.push('1');
    for (const bit of bits) {
      const fields = bit.split('|');
      if (!isValid(fields)) throw new Error(`a bad line: ${JSON.stringify(metric)}`);
      const rate = fields[2] ? Number(/^@([\d.]+)/.exec(fields[2])?.[1]) : 1;
      read.push({ key, value: fields[0] ?? '', type: (fields[1] ?? '').trim(), rate });
    }
  }
  return read;
}

function isValid([value = '', type, rate]: readonly string[]): boolean {
  if (type === undefined) return false;
  if (rate !== undefined && !(rate.length > 1 && rate.startsWith('@') && isNumber(rate.slice(1)) && rate[1] !== '-')) {
    return false;
  }
  return isNumber(value) && (type !== 'ms' || Number(value) >= 0);
}

const isNumber = (text: string): boolean => Boolean(text && !Number.isNaN(Number(text)));
