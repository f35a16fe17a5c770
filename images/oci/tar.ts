/** Writes tar archives whose bytes depend on nothing but what is put in: no times, no users, entries sorted by path. */

/** A file, a folder or a symbolic link, owned by root. Paths have no leading slash. */
export type Entry =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly content: Buffer | string;
      readonly mode?: number;
    }
  | { readonly kind: 'folder'; readonly path: string; readonly mode?: number }
  | { readonly kind: 'link'; readonly path: string; readonly to: string };

const BLOCK = 512;
const TYPES = { file: '0', link: '2', folder: '5' } as const;

/**
 * @returns the archive in pieces; the folders of files are put in where they are missing
 * @throws Error for what the format (POSIX ustar) can't name, or what is there twice
 */
export function* tar(entries: readonly Entry[]): Generator<Buffer> {
  for (const entry of complete(entries)) {
    const content = entry.kind === 'file' ? Buffer.from(entry.content) : Buffer.alloc(0);
    yield header(entry, content.length);
    yield content;
    yield Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  }
  yield Buffer.alloc(2 * BLOCK);
}

function complete(entries: readonly Entry[]): Entry[] {
  const all = new Map<string, Entry>();
  for (const entry of entries) {
    if (entry.path === '' || /^\/|\/$|(^|\/)\.\.?(\/|$)/.test(entry.path))
      throw new Error(`not a path from an archive's root: ${entry.path}`);
    if (all.has(entry.path)) throw new Error(`it is in the archive already: ${entry.path}`);
    all.set(entry.path, entry);
  }
  for (const { path } of entries)
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (!all.has(folder)) all.set(folder, { kind: 'folder', path: folder });
    }
  return [...all.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** POSIX.1-1988, ustar: name 100, mode 8, uid 8, gid 8, size 12, mtime 12, checksum 8, type 1, link 100, … prefix 155. */
function header(entry: Entry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const text = (value: string, at: number, length: number) => {
    if (Buffer.byteLength(value) > length) throw new Error(`too long for a tar archive: ${value}`);
    block.write(value, at);
  };
  const octal = (value: number, at: number, length: number) =>
    text(value.toString(8).padStart(length - 1, '0'), at, length - 1);
  const { prefix, name } = split(entry.kind === 'folder' ? `${entry.path}/` : entry.path);
  text(name, 0, 100);
  octal(modeOf(entry), 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  text(' '.repeat(8), 148, 8);
  text(TYPES[entry.kind], 156, 1);
  if (entry.kind === 'link') text(entry.to, 157, 100);
  text('ustar\x0000', 257, 8);
  text(prefix, 345, 155);
  const sum = block.reduce((total, byte) => total + byte, 0);
  text(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8);
  return block;
}

function modeOf(entry: Entry): number {
  if (entry.kind === 'link') return 0o777;
  return entry.mode ?? (entry.kind === 'folder' ? 0o755 : 0o644);
}

/** A long path is parted at a slash, which is then written nowhere. */
function split(path: string): { prefix: string; name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path };
  for (let at = path.indexOf('/'); at >= 0 && at < path.length - 1; at = path.indexOf('/', at + 1)) {
    const name = path.slice(at + 1);
    if (Buffer.byteLength(name) <= 100) return { prefix: path.slice(0, at), name };
  }
  throw new Error(`too long for a tar archive: ${path}`);
}
