/**
 * Looks for credentials of the tests in everything that they left behind: state, logs, metrics.
 *
 *   file ──┬── its bytes ───────────────────┐
 *          └── SQLite: each value of a row ─┴── plain, UTF-16, hex, base64 ── again in what gzip, zlib, zstd, brotli hide
 *
 *   node scripts/no-secrets.ts FOLDER      exits with 1 when it finds one; what was found is named, never shown
 */
import { copyFileSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { DUMMY_KEY, PROVIDER_KEY, SIGNING_KEY } from '../test/support/keys.ts';

export interface Leak {
  readonly where: string;
  readonly what: string;
}

const SECRETS: readonly (readonly [what: string, secret: string])[] = [
  ['the provider key', PROVIDER_KEY],
  ['the dummy key', DUMMY_KEY],
  ['the signing key', SIGNING_KEY],
];
/** Made anew for each run, and for each caller of a gateway, so only their forms are known. */
const MADE_ANEW: readonly (readonly [what: string, form: RegExp])[] = [
  ['the key of a run', /tollgate-[0-9a-f]{48}/],
  ['the key of a caller', /tg_[a-z0-9]{8}_[A-Za-z0-9_-]{43}/],
];

/** Each secret as it stands in text, and as it stands in the middle of something encoded. */
const NEEDLES = SECRETS.flatMap(([what, secret]) =>
  [secret, Buffer.from(secret).toString('hex'), ...base64Middles(secret)].map((text) => ({ what, text })),
);

/** A text's base64 depends on where in a group of three bytes it begins; what surrounds it is not known. */
function base64Middles(secret: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    return (['base64', 'base64url'] as const).map((encoding) => {
      const text = padded.toString(encoding).replaceAll('=', '');
      return text.slice(before === 0 ? 0 : before + 1, text.length - (padded.length % 3 === 0 ? 0 : 1));
    });
  });
}

/** What Node compiled of Tollgate's own text: some 20,000 files, and nothing that a test said. */
const COMPILED = /(?:^|\/)\.cache\/tollgate\/v\d[^/]*\//;

const MOST_INFLATED = 64 * 1024 * 1024;
const DEPTH = 3;

type Inflate = (bytes: Buffer) => Buffer;
const PACKED: readonly (readonly [magic: readonly Buffer[], inflate: Inflate])[] = [
  [[Buffer.from([0x1f, 0x8b, 0x08])], (bytes) => gunzipSync(bytes, { maxOutputLength: MOST_INFLATED })],
  [
    [0x01, 0x5e, 0x9c, 0xda].map((level) => Buffer.from([0x78, level])),
    (bytes) => inflateSync(bytes, { maxOutputLength: MOST_INFLATED }),
  ],
  [
    [Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
    (bytes) => zstdDecompressSync(bytes, { maxOutputLength: MOST_INFLATED }),
  ],
];

/** @returns what is hidden in these bytes, each once */
function search(bytes: Buffer, depth = 0): Set<string> {
  const text = bytes.toString('latin1');
  const found = new Set(NEEDLES.filter((needle) => text.includes(needle.text)).map(({ what }) => what));
  for (const what of searchForms(text)) found.add(what);
  if (text.includes('\0')) for (const what of searchPlain(text.replaceAll('\0', ''))) found.add(what);
  if (depth < DEPTH) {
    for (const inner of unpacked(bytes, text, depth))
      for (const what of search(inner, depth + 1)) found.add(what);
  }
  return found;
}

/** UTF-16 is every other byte zero. */
function searchPlain(text: string): string[] {
  const found = SECRETS.filter(([, secret]) => text.includes(secret)).map(([what]) => what);
  return [...found, ...searchForms(text)];
}

function searchForms(text: string): string[] {
  return MADE_ANEW.filter(([, form]) => form.test(text)).map(([what]) => what);
}

function* unpacked(bytes: Buffer, text: string, depth: number): Generator<Buffer> {
  for (const [magics, inflate] of PACKED) {
    for (const magic of magics) {
      for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 1)) {
        yield* attempt(inflate, bytes.subarray(at));
      }
    }
  }
  // Brotli has no magic number: only a whole file or value can be tried.
  if (depth === 0)
    yield* attempt((all) => brotliDecompressSync(all, { maxOutputLength: MOST_INFLATED }), bytes);
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{48,}/g)) {
    for (const skip of [0, 1, 2, 3]) yield Buffer.from(run.slice(skip), 'base64');
    if (/^[0-9a-f]+$/i.test(run)) yield Buffer.from(run, 'hex');
  }
}

function attempt(inflate: Inflate, bytes: Buffer): Buffer[] {
  try {
    return [inflate(bytes)];
  } catch {
    return [];
  }
}

/** Every value of every row: what is long is cut into pages in the file. */
function* databaseValues(file: string): Generator<[where: string, value: Buffer]> {
  const copy = mkdtempSync(join(tmpdir(), 'tollgate-secrets-'));
  try {
    for (const suffix of ['', '-wal']) {
      if (existsSync(file + suffix)) copyFileSync(file + suffix, join(copy, `db${suffix}`));
    }
    const db = new DatabaseSync(join(copy, 'db'));
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    for (const { name } of tables) {
      const rows = db.prepare(`SELECT * FROM "${name}"`);
      rows.setReadBigInts(true);
      for (const row of rows.iterate()) {
        for (const [column, value] of Object.entries(row)) {
          if (typeof value === 'string') yield [`${name}.${column}`, Buffer.from(value)];
          else if (value instanceof Uint8Array) yield [`${name}.${column}`, Buffer.from(value)];
        }
      }
    }
    db.close();
  } finally {
    rmSync(copy, { recursive: true });
  }
}

/** @returns which secret stands where below the folder, in files and in the values of databases; each once */
export function findSecrets(folder: string): Leak[] {
  const leaks = new Map<string, Leak>();
  const add = (where: string, found: Set<string>) => {
    for (const what of found) leaks.set(`${where} ${what}`, { where, what });
  };
  for (const name of globSync('**/*', { cwd: folder })) {
    const file = join(folder, name);
    if (!statSync(file).isFile() || COMPILED.test(name)) continue;
    const bytes = readFileSync(file);
    add(name, search(bytes));
    if (!bytes.subarray(0, 15).equals(Buffer.from('SQLite format 3'))) continue;
    try {
      for (const [where, value] of databaseValues(file)) add(`${name}: ${where}`, search(value));
    } catch (error) {
      // Tests damage databases on purpose; their bytes were searched all the same.
      console.error(
        `${name} can't be read as a database (${error instanceof Error ? error.message : error})`,
      );
    }
  }
  return [...leaks.values()];
}

if (import.meta.main) {
  const folder = process.argv[2];
  if (folder === undefined || !existsSync(folder)) {
    console.error('usage: node scripts/no-secrets.ts FOLDER');
    process.exitCode = 2;
  } else {
    const leaks = findSecrets(folder);
    for (const { where, what } of leaks) console.error(`${where} holds ${what}`);
    if (leaks.length === 0) console.log('no keys in what the tests left behind');
    process.exitCode = leaks.length === 0 ? 0 : 1;
  }
}
