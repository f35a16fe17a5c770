/** Writes small ELF files for tests, by the same sources as elf.ts and without its code. */

export interface Parts {
  /** As in the ABI: 62 is x86-64, 183 AArch64. */
  readonly machine?: number;
  readonly interpreter?: string;
  readonly needed?: readonly string[];
  readonly versions?: Readonly<Record<string, readonly { readonly name: string; readonly weak?: boolean }[]>>;
  readonly defines?: readonly string[];
}

/** Loaded somewhere else than it is in the file, as real ones are. */
const LOADED_AT = 0x40_0000;

export function writeElf({
  machine = 62,
  interpreter,
  needed = [],
  versions = {},
  defines = [],
}: Parts): Buffer {
  let strings = '\0';
  const name = (text: string) => {
    const at = strings.length;
    strings += `${text}\0`;
    return at;
  };
  const tags: [tag: number, value: number][] = needed.map((library) => [1, name(library)]);

  const wanted = Object.entries(versions);
  const need = Buffer.concat(
    wanted.map(([library, of], n) =>
      Buffer.concat([
        numbers(
          [1, 2],
          [of.length, 2],
          [name(library), 4],
          [16, 4],
          [n + 1 < wanted.length ? 16 + of.length * 16 : 0, 4],
        ),
        ...of.map((version, k) =>
          numbers(
            [0, 4],
            [version.weak ? 2 : 0, 2],
            [k + 2, 2],
            [name(version.name), 4],
            [k + 1 < of.length ? 16 : 0, 4],
          ),
        ),
      ]),
    ),
  );
  const define = Buffer.concat(
    defines.map((version, n) =>
      Buffer.concat([
        numbers([1, 2], [0, 2], [n + 1, 2], [1, 2], [0, 4], [20, 4], [n + 1 < defines.length ? 28 : 0, 4]),
        numbers([name(version), 4], [0, 4]),
      ]),
    ),
  );

  const path = Buffer.from(`${interpreter ?? ''}\0`);
  const start = 64 + 3 * 56;
  const at = { path: start, strings: start + path.length, need: 0, define: 0, dynamic: 0 };
  at.need = at.strings + strings.length;
  at.define = at.need + need.length;
  at.dynamic = at.define + define.length;
  tags.push([5, LOADED_AT + at.strings]);
  if (wanted.length > 0) tags.push([0x6ffffffe, LOADED_AT + at.need], [0x6fffffff, wanted.length]);
  if (defines.length > 0) tags.push([0x6ffffffc, LOADED_AT + at.define], [0x6ffffffd, defines.length]);
  const dynamic = Buffer.concat(
    [...tags, [0, 0]].map(([tag = 0, value = 0]) => numbers([tag, 8], [value, 8])),
  );
  const end = at.dynamic + dynamic.length;

  const header = Buffer.concat([
    Buffer.from('7f454c46020101000000000000000000', 'hex'),
    numbers(
      [3, 2],
      [machine, 2],
      [1, 4],
      [0, 8],
      [64, 8],
      [0, 8],
      [0, 4],
      [64, 2],
      [56, 2],
      [3, 2],
      [64, 2],
      [0, 2],
      [0, 2],
    ),
  ]);
  const segment = (type: number, offset: number, size: number) =>
    numbers([type, 4], [4, 4], [offset, 8], [LOADED_AT + offset, 8], [0, 8], [size, 8], [size, 8], [8, 8]);
  return Buffer.concat([
    header,
    // 0 is a segment to pass over.
    segment(interpreter === undefined ? 0 : 3, at.path, path.length),
    segment(1, 0, end),
    segment(2, at.dynamic, dynamic.length),
    path,
    Buffer.from(strings, 'latin1'),
    need,
    define,
    dynamic,
  ]);
}

/** Little-endian, each of its own size in bytes. */
function numbers(...of: readonly (readonly [value: number, bytes: number])[]): Buffer {
  return Buffer.concat(
    of.map(([value, bytes]) => {
      const buffer = Buffer.alloc(bytes);
      buffer.writeUIntLE(value, 0, Math.min(bytes, 6));
      return buffer;
    }),
  );
}
