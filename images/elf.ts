/**
 * What a program or library for Linux says of itself (ELF, 64 bits, little-endian): the machine that it is for, what
 * loads it, and which libraries it needs in which versions. It is read from the file and not asked of `ldd`, which runs
 * it and so knows only this machine's own architecture.
 *
 * Sources: System V ABI, chapters 4 and 5 (object files, dynamic linking); LSB Core 5.0, 10.7 (symbol versions).
 */

export interface Elf {
  /** As in GOARCH where we build for it, else the number of the machine. */
  readonly machine: string;
  /** Path of what loads a program; libraries have none. */
  readonly interpreter: string | undefined;
  /** By their names, in order. */
  readonly needed: readonly string[];
  /** Of those, the versions of symbols that it can't do without. */
  readonly versions: ReadonlyMap<string, readonly string[]>;
  /** Versions of symbols that a library has. */
  readonly defines: readonly string[];
}

const MACHINES: Readonly<Record<number, string>> = { 62: 'amd64', 183: 'arm64' };

const SEGMENT = { load: 1, dynamic: 2, interpreter: 3 } as const;
const TAG = {
  end: 0,
  needed: 1,
  strings: 5,
  defined: 0x6fff_fffc,
  definedCount: 0x6fff_fffd,
  versions: 0x6fff_fffe,
  versionsCount: 0x6fff_ffff,
} as const;
const WEAK = 2;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** @throws Error for what is no such file, or ends before it should */
export function readElf(file: Buffer): Elf {
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f45_4c46 || file[4] !== 2 || file[5] !== 1)
    throw new Error('not an ELF file of 64 bits, little-endian');
  try {
    return read(file);
  } catch (error) {
    if (error instanceof RangeError) throw new Error('an ELF file that ends before it should');
    throw error;
  }
}

function read(file: Buffer): Elf {
  const segments = segmentsOf(file);
  const of = (type: number) => segments.find((segment) => segment.type === type);
  const interpreter = of(SEGMENT.interpreter);
  const tags = tagsOf(file, of(SEGMENT.dynamic));
  const value = (tag: number) => tags.find(([name]) => name === tag)?.[1];
  const table = (tag: number) => offsetOf(segments, value(tag) ?? 0);
  const strings = tags.length === 0 ? 0 : table(TAG.strings);
  const name = (at: number) => textAt(file, strings + at);

  const versions = new Map<string, string[]>();
  let at = value(TAG.versionsCount) === undefined ? 0 : table(TAG.versions);
  for (let left = value(TAG.versionsCount) ?? 0; left > 0; left--) {
    const wanted: string[] = [];
    let aux = at + file.readUInt32LE(at + 8);
    for (let more = file.readUInt16LE(at + 2); more > 0; more--) {
      if ((file.readUInt16LE(aux + 4) & WEAK) === 0) wanted.push(name(file.readUInt32LE(aux + 8)));
      aux += file.readUInt32LE(aux + 12);
    }
    versions.set(name(file.readUInt32LE(at + 4)), wanted);
    at += file.readUInt32LE(at + 12);
  }

  const defines: string[] = [];
  at = value(TAG.definedCount) === undefined ? 0 : table(TAG.defined);
  for (let left = value(TAG.definedCount) ?? 0; left > 0; left--) {
    defines.push(name(file.readUInt32LE(at + file.readUInt32LE(at + 12))));
    at += file.readUInt32LE(at + 16);
  }

  const machine = file.readUInt16LE(18);
  return {
    machine: MACHINES[machine] ?? String(machine),
    interpreter: interpreter === undefined ? undefined : textAt(file, interpreter.offset),
    needed: tags.filter(([tag]) => tag === TAG.needed).map(([, text]) => name(text)),
    versions,
    defines,
  };
}

function segmentsOf(file: Buffer): Segment[] {
  const [start, size, count] = [u64(file, 32), file.readUInt16LE(54), file.readUInt16LE(56)];
  return Array.from({ length: count }, (_, n) => {
    const at = start + n * size;
    return {
      type: file.readUInt32LE(at),
      offset: u64(file, at + 8),
      address: u64(file, at + 16),
      size: u64(file, at + 32),
    };
  });
}

/** @returns what the dynamic linker is told, tags and values; nothing for a program that is linked with nothing */
function tagsOf(file: Buffer, dynamic: Segment | undefined): [tag: number, value: number][] {
  const tags: [number, number][] = [];
  if (dynamic === undefined) return tags;
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
    const tag = u64(file, at);
    if (tag === TAG.end) break;
    tags.push([tag, u64(file, at + 8)]);
  }
  return tags;
}

/** Addresses in memory are those of the segments that are loaded. */
function offsetOf(segments: readonly Segment[], address: number): number {
  const within = segments.find(
    (segment) =>
      segment.type === SEGMENT.load && address >= segment.address && address < segment.address + segment.size,
  );
  if (within === undefined) throw new Error('an ELF file whose tables are nowhere in it');
  return address - within.address + within.offset;
}

function textAt(file: Buffer, at: number): string {
  const end = file.indexOf(0, at);
  if (end < 0) throw new RangeError('no end');
  return file.toString('latin1', at, end);
}

function u64(file: Buffer, at: number): number {
  return Number(file.readBigUInt64LE(at));
}
