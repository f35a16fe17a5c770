/**
 * The audit log in MongoDB: entries of all chains, inserted and never changed.
 *
 *   entries   one document an entry, unique by (chain, seq); its text as it was hashed, and what it is looked up by
 *   ends      one document a chain: how far it goes, written after the entries, so that one cut short is found
 *   chains    one document a chain of a sidecar: of which pod, workload and session it is (chains.ts)
 *   sessions  one document a chain of a runner: how many exchanges ended, and how the last one did (sessions.ts)
 *   contents  what was said, where a profile asks for it (contents.ts)
 *   proofs    keys by which control knows again what it granted (proof-keys.ts)
 *
 * What is written here works on MongoDB and on servers that speak its protocol: no transactions, no validators.
 */
import { type Collection, type FindCursor, MongoClient, type MongoClientOptions } from 'mongodb';
import type { ChainedEntry } from '../../core/audit/chain.ts';
import { type ChainEnd, type EntryDraft, type Opened, workloadOf } from '../../core/audit/entry.ts';
import { LedgerUnavailable } from '../../core/ports.ts';
import { ConfigError } from '../config/config.ts';
import { type ChainRow, Chains } from './chains.ts';
import { type KeyRow, MongoContents, type PartRow } from './contents.ts';
import { insertNew } from './insert.ts';
import { type ProofKeyRow, ProofKeys } from './proof-keys.ts';
import { type SessionRow, Sessions } from './sessions.ts';

export interface StoredEntry extends ChainedEntry {
  readonly entry: EntryDraft;
}

/** Another entry is stored with this chain and number. */
export class ForkError extends Error {
  override readonly name = 'ForkError';
}

interface EntryRow {
  readonly chain: string;
  readonly seq: number;
  readonly hash: string;
  readonly text: string;
  readonly at: number;
  readonly kind: string;
  readonly exchange: string | null;
  readonly lease: string | null;
  readonly namespace: string | null;
  readonly workload: string | null;
  readonly session: string | null;
}

interface EndRow {
  readonly chain: string;
  readonly seq: number;
  readonly hash: string;
}

const TIMEOUT_MS = 10_000;
/** What no call waits for, such as a walk through the whole log: a server may look for so long before it answers, ms. */
const WALK_TIMEOUT_MS = 120_000;
const MOST_FOUND = 200;
/** Of a cursor: the text alone, a thousand at a time. */
const TEXTS = { projection: { text: 1, _id: 0 }, batchSize: 1_000 } as const;

export class MongoAudit {
  readonly #client: MongoClient;
  /** For what no call waits for; connected when it is first used. */
  readonly #walker: MongoClient;
  readonly #walked: Collection<EntryRow>;
  readonly #entries: Collection<EntryRow>;
  readonly #ends: Collection<EndRow>;
  readonly chains: Chains;
  readonly sessions: Sessions;
  readonly contents: MongoContents;
  readonly proofs: ProofKeys;

  private constructor(client: MongoClient, walker: MongoClient, name: string | undefined) {
    const db = client.db(name);
    this.#client = client;
    this.#walker = walker;
    this.#walked = walker.db(name).collection('entries');
    this.#entries = db.collection('entries');
    this.#ends = db.collection('ends');
    this.chains = new Chains(db.collection<ChainRow>('chains'), unavailable);
    this.sessions = new Sessions(db.collection<SessionRow>('sessions'), unavailable);
    const contents = {
      keys: db.collection<KeyRow>('content_keys'),
      parts: db.collection<PartRow>('contents'),
    };
    this.contents = new MongoContents(contents, unavailable);
    this.proofs = new ProofKeys(db.collection<ProofKeyRow>('proofs'), unavailable);
  }

  /**
   * @param url mongodb://… or mongodb+srv://…, with the database; without one it is `tollgate`
   * @param options of the driver, such as `ca`, which stand above the URL's
   * @throws LedgerUnavailable; ConfigError for a URL that is none
   */
  static async open(url: string, options: MongoClientOptions = {}): Promise<MongoAudit> {
    const all: MongoClientOptions = {
      serverSelectionTimeoutMS: TIMEOUT_MS,
      socketTimeoutMS: TIMEOUT_MS,
      // An entry is acknowledged when it can't be lost by the loss of one server.
      writeConcern: { w: 'majority', journal: true },
      readConcern: { level: 'majority' },
      ...options,
    };
    const client = clientOf(url, all);
    const walker = clientOf(url, { ...all, socketTimeoutMS: WALK_TIMEOUT_MS, maxPoolSize: 4 });
    try {
      await client.connect();
      const audit = new MongoAudit(client, walker, hasDatabase(url) ? undefined : 'tollgate');
      await audit.#entries.createIndex({ chain: 1, seq: 1 }, { unique: true });
      await audit.#entries.createIndex({ exchange: 1 });
      await audit.#entries.createIndex({ lease: 1, chain: 1, seq: 1 });
      // For `carried`, of which there are few.
      await audit.#entries.createIndex({ kind: 1 });
      await audit.#entries.createIndex({ namespace: 1, workload: 1, at: 1 });
      await audit.#ends.createIndex({ chain: 1 }, { unique: true });
      await audit.chains.prepare();
      await audit.sessions.prepare();
      await audit.contents.prepare();
      await audit.proofs.prepare();
      return audit;
    } catch (error) {
      await client.close();
      throw unavailable(error);
    }
  }

  /**
   * Inserts entries of one chain; those that are there already, the same, are left.
   * @returns those that were not there before
   * @throws LedgerUnavailable when it can't be said that they are stored; ForkError when another one is in a place
   */
  async store<Entry extends StoredEntry>(chain: string, entries: readonly Entry[]): Promise<Entry[]> {
    const last = entries.at(-1);
    if (last === undefined) return [];
    try {
      const known = await this.#insert(entries.map((entry) => rowOf(chain, entry)));
      // Never back: a batch that is sent again must not shorten the chain.
      await this.#ends.updateOne(
        { chain, seq: { $lt: last.seq } },
        { $set: { seq: last.seq, hash: last.hash } },
      );
      await this.#ends.updateOne(
        { chain },
        { $setOnInsert: { seq: last.seq, hash: last.hash } },
        { upsert: true },
      );
      return entries.filter((_, i) => !known.has(i));
    } catch (error) {
      throw error instanceof ForkError ? error : unavailable(error);
    }
  }

  /** No call waits for this. @returns what is stored of these leases: "opened L", "closed L", "incomplete L" */
  async of(leases: readonly string[]): Promise<Set<string>> {
    const rows = await this.#read(() =>
      this.#walked
        .find({ lease: { $in: [...leases] } }, { projection: { lease: 1, kind: 1, _id: 0 } })
        .toArray(),
    );
    return new Set(rows.map(({ lease, kind }) => `${kind} ${lease}`));
  }

  /** @returns the `opened` entries of these leases, as far as they are stored, by lease */
  async opened(leases: readonly string[]): Promise<Map<string, Opened>> {
    const rows = await this.#read(() =>
      this.#entries
        .find({ lease: { $in: [...leases] }, kind: 'opened' }, { projection: { text: 1, _id: 0 } })
        .toArray(),
    );
    return new Map(
      rows.map(({ text }) => {
        const entry = JSON.parse(text) as Opened;
        return [entry.lease, entry];
      }),
    );
  }

  /** @returns whether any call was ever recorded */
  async hasCalls(): Promise<boolean> {
    return (
      (await this.#read(() =>
        this.#entries.findOne({ lease: { $ne: null } }, { projection: { _id: 1 } }),
      )) !== null
    );
  }

  /** @returns where a chain ends; undefined when nothing of it is stored */
  async end(chain: string): Promise<ChainEnd | undefined> {
    const row = await this.#read(() => this.#ends.findOne({ chain }, { projection: { _id: 0 } }));
    return row === null ? undefined : { chain, seq: row.seq, hash: row.hash };
  }

  /** All entries since a time, epoch ms, by chain and number, as they are stored. */
  async *stored(since: number): AsyncGenerator<{ readonly text: string; readonly hash: string }> {
    const texts = { projection: { text: 1, hash: 1, _id: 0 }, batchSize: TEXTS.batchSize } as const;
    yield* rowsOf(this.#walked.find({ at: { $gte: since } }, texts).sort({ chain: 1, seq: 1 }));
  }

  /** All entries since a time, epoch ms, by chain. */
  since(at: number): AsyncGenerator<EntryDraft> {
    return drafts(this.#walked.find({ at: { $gte: at } }, TEXTS).sort({ chain: 1, seq: 1 }));
  }

  /**
   * What counters are counted anew from: every `carried`, then all entries of leases, in order of the bytes of their ids.
   * The server walks an index for that, and a thousand entries at a time are here.
   */
  async *byLease(): AsyncGenerator<EntryDraft> {
    yield* drafts(this.#walked.find({ kind: 'carried', lease: null }, TEXTS));
    yield* drafts(this.#walked.find({ lease: { $gte: '' } }, TEXTS).sort({ lease: 1, chain: 1, seq: 1 }));
  }

  /** @returns the entries of an exchange, oldest first, and those of which its id is the beginning of theirs */
  async exchanges(beginning: string): Promise<Map<string, EntryDraft[]>> {
    const rows = await this.#read(() =>
      this.#entries
        .find({ exchange: { $gte: beginning, $lt: `${beginning}\uffff` } })
        .sort({ at: 1, seq: 1 })
        .limit(MOST_FOUND)
        .toArray(),
    );
    const found = new Map<string, EntryDraft[]>();
    for (const { exchange, text } of rows) {
      const entries = found.get(exchange ?? '') ?? [];
      found.set(exchange ?? '', [...entries, JSON.parse(text) as EntryDraft]);
    }
    return found;
  }

  /** @returns whether an exchange of this session is recorded */
  async hasSession(session: string): Promise<boolean> {
    return (await this.#read(() => this.#entries.findOne({ session }))) !== null;
  }

  /** A chain's stored entries, in order. */
  async chain(chain: string): Promise<ChainedEntry[]> {
    return this.#read(() =>
      this.#entries
        .find({ chain }, { projection: { seq: 1, text: 1, hash: 1, _id: 0 } })
        .sort({ seq: 1 })
        .toArray(),
    );
  }

  async close(): Promise<void> {
    await this.#walker.close();
    await this.#client.close();
  }

  /** @returns the places of those that were there already */
  async #insert(rows: readonly EntryRow[]): Promise<ReadonlySet<number>> {
    const known = await insertNew(this.#entries, rows);
    for (const i of known) await this.#assertSame(rows[i]);
    return known;
  }

  async #assertSame(row: EntryRow | undefined): Promise<void> {
    if (row === undefined) return;
    const { chain, seq, hash } = row;
    const stored = await this.#entries.findOne({ chain, seq });
    if (stored === null)
      throw new Error(`entry ${seq} of chain ${chain} is not on a majority of servers yet`);
    if (stored.hash !== hash)
      throw new ForkError(`entry ${seq} of chain ${chain} is stored, and is another one`);
  }

  async #read<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw unavailable(error);
    }
  }
}

function rowOf(chain: string, { seq, text, hash, entry }: StoredEntry): EntryRow {
  const of = workloadOf(entry);
  return {
    chain,
    seq,
    hash,
    text,
    at: entry.at,
    kind: entry.kind,
    exchange: 'exchange' in entry ? entry.exchange : null,
    lease: 'lease' in entry ? entry.lease : null,
    namespace: of?.namespace ?? null,
    workload: of?.name ?? null,
    session: of?.session ?? null,
  };
}

/** The driver's own messages may repeat what it took for a user: which part of a mistaken URL is the password, who knows? */
function clientOf(url: string, options: MongoClientOptions): MongoClient {
  try {
    return new MongoClient(url, options);
  } catch {
    throw new ConfigError(
      "MongoDB's URL is not understood. It has the form mongodb://user:password@host:27017,host:27017/database?replicaSet=name&tls=true or mongodb+srv://…; other characters than letters, digits and -._~ in user and password are percent-encoded, and options are those of the driver for Node",
    );
  }
}

/** Several hosts with ports are no URL for WHATWG's parser. */
function hasDatabase(url: string): boolean {
  return /^[a-z+]+:\/\/[^/?]*\/[^?]/.test(url);
}

/** The driver's messages name hosts; a URL with a password is in none of them. */
function unavailable(error: unknown): LedgerUnavailable {
  return new LedgerUnavailable(`the audit log can't be reached: ${(error as Error).message}`);
}

async function* drafts(rows: FindCursor<{ readonly text: string }>): AsyncGenerator<EntryDraft> {
  for await (const { text } of rowsOf(rows)) yield JSON.parse(text) as EntryDraft;
}

async function* rowsOf<Row>(rows: FindCursor<Row>): AsyncGenerator<Row> {
  try {
    yield* rows;
  } catch (error) {
    throw unavailable(error);
  } finally {
    await rows.close();
  }
}
