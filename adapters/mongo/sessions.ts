/**
 * How many exchanges of each session have ended, and how: counted as their entries are stored, each once, however often
 * they are told. One document for each chain of a session, since nobody but one sidecar writes to a chain, and that one
 * entry after the other: chains of a session that run at once can't get in each other's way, on any server.
 *
 *   entries of a chain ── those beyond what its document has ──> conditional update        read: the sum over chains
 */
import { type Collection, MongoServerError } from 'mongodb';
import { LedgerUnavailable } from '../../core/ports.ts';

/** An exchange that ended. */
export interface Ended {
  /** Of its entry in the chain. */
  readonly seq: number;
  /** Epoch ms. */
  readonly at: number;
  /** Code of the refusal; null: it was not refused. */
  readonly refusal: string | null;
}

export interface SessionTally {
  readonly exchanges: number;
  readonly refused: number;
  /** The one that ended last. */
  readonly last: { readonly at: number; readonly refusal: string | null };
}

export interface SessionRow extends SessionTally {
  readonly session: string;
  readonly chain: string;
  /** How far the chain is counted. */
  readonly seq: number;
}

const DUPLICATE_KEY = 11_000;
const TRIES = 5;
const AT_ONCE = 500;

export class Sessions {
  readonly #rows: Collection<SessionRow>;
  readonly #unavailable: (error: unknown) => LedgerUnavailable;

  constructor(rows: Collection<SessionRow>, unavailable: (error: unknown) => LedgerUnavailable) {
    this.#rows = rows;
    this.#unavailable = unavailable;
  }

  async prepare(): Promise<void> {
    await this.#rows.createIndex({ session: 1, chain: 1 }, { unique: true });
  }

  /**
   * @param ended of one chain, in order
   * @throws LedgerUnavailable; then they may have been counted, and may be told again
   */
  async count(session: string, chain: string, ended: readonly Ended[]): Promise<void> {
    if (ended.length === 0) return;
    try {
      for (let n = 0; n < TRIES; n++) if (await this.#tryCount({ session, chain }, ended)) return;
    } catch (error) {
      throw this.#unavailable(error);
    }
    throw new LedgerUnavailable(`the chain ${chain} is told by too many at once`);
  }

  /** @returns those of which something is known */
  async of(sessions: readonly string[]): Promise<Map<string, SessionTally>> {
    const found = new Map<string, SessionTally>();
    try {
      for (let i = 0; i < sessions.length; i += AT_ONCE) {
        const wanted = { session: { $in: sessions.slice(i, i + AT_ONCE) } };
        for (const row of await this.#rows.find(wanted).toArray())
          found.set(row.session, sum(found.get(row.session), row));
      }
    } catch (error) {
      throw this.#unavailable(error);
    }
    return found;
  }

  /** @returns false when somebody else wrote meanwhile */
  async #tryCount(
    key: { readonly session: string; readonly chain: string },
    ended: readonly Ended[],
  ): Promise<boolean> {
    const before = await this.#rows.findOne(key);
    const [first, ...more] = ended.filter(({ seq }) => seq > (before?.seq ?? 0));
    if (first === undefined) return true;
    const tally = more.map(tallyOf).reduce(sum, sum(before ?? undefined, tallyOf(first)));
    const after = { ...tally, seq: (more.at(-1) ?? first).seq };
    if (before === null) return this.#insert({ ...key, ...after });
    const { matchedCount } = await this.#rows.updateOne({ ...key, seq: before.seq }, { $set: after });
    return matchedCount === 1;
  }

  async #insert(row: SessionRow): Promise<boolean> {
    try {
      await this.#rows.insertOne({ ...row });
      return true;
    } catch (error) {
      if (error instanceof MongoServerError && error.code === DUPLICATE_KEY) return false;
      throw error;
    }
  }
}

function tallyOf({ at, refusal }: Ended): SessionTally {
  return { exchanges: 1, refused: refusal === null ? 0 : 1, last: { at, refusal } };
}

/** @param b the later one, where both ended at the same time */
function sum(a: SessionTally | undefined, b: SessionTally): SessionTally {
  const { exchanges, refused, last } = b;
  if (a === undefined) return { exchanges, refused, last };
  return {
    exchanges: a.exchanges + exchanges,
    refused: a.refused + refused,
    // Phases follow one another, but what was spooled may come late.
    last: last.at >= a.last.at ? last : a.last,
  };
}
