const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1.21 GiB` */
export function byteSize(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1_024 ** power).toPrecision(3))} ${UNITS[power] ?? 'B'}`;
}
