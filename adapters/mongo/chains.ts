/**
 * Whose each chain of the audit log is: written down once, when its process says hello, for all replicas of control. What
 * the cluster says of a pod may change while the pod runs (its owner is renamed, its AgentRunner is gone); what its chain
 * speaks of does not.
 *
 *   hello, or the first batch of a chain that nobody knows ── claim ──> the first claim stands; all later ones get that one
 */
import { type Collection, MongoServerError } from 'mongodb';
import type { LedgerUnavailable } from '../../core/ports.ts';

export interface ChainOwner {
  /** UID of the pod whose sidecar writes it. */
  readonly pod: string;
  readonly namespace: string;
  /** Name of the workload. */
  readonly workload: string;
  readonly session: string;
  /** The AgentRunner that the pod is of. */
  readonly runner: string | null;
}

export interface ChainRow extends ChainOwner {
  readonly chain: string;
}

export interface Claim {
  readonly owner: ChainOwner;
  /** Whether the audit log says so: else it can't be reached, and this is what was said here first. */
  readonly isStored: boolean;
}

const DUPLICATE_KEY = 11_000;
/** Sidecars start, and settle, also while MongoDB is away, or silent. */
const WAIT_MS = 1_000;
/** Remembered here; of others it is asked again. */
const MOST = 10_000;

export class Chains {
  readonly #rows: Collection<ChainRow>;
  readonly #unavailable: (error: unknown) => LedgerUnavailable;
  /** As they are stored. */
  readonly #stored = new Map<string, ChainOwner>();
  /** As they were claimed here first, while that could not be stored. */
  readonly #claimed = new Map<string, ChainOwner>();

  constructor(rows: Collection<ChainRow>, unavailable: (error: unknown) => LedgerUnavailable) {
    this.#rows = rows;
    this.#unavailable = unavailable;
  }

  async prepare(): Promise<void> {
    await this.#rows.createIndex({ chain: 1 }, { unique: true });
  }

  /**
   * @param owner whose it is, if it is nobody's yet
   * @returns whose it is, after a second at the latest; never rejects
   */
  async claim(chain: string, owner: ChainOwner, waitMs = WAIT_MS): Promise<Claim> {
    const first = this.#claimed.get(chain) ?? owner;
    keep(this.#claimed, chain, first);
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), waitMs);
    const bound = this.bind(chain, first).catch(() => undefined);
    const stored = await Promise.race([bound, late]);
    clearTimeout(timer);
    return stored === undefined ? { owner: first, isStored: false } : { owner: stored, isStored: true };
  }

  /** @returns whose it is now: the first who was bound to it; @throws LedgerUnavailable */
  async bind(chain: string, owner: ChainOwner): Promise<ChainOwner> {
    const known = this.#stored.get(chain);
    if (known !== undefined) return known;
    try {
      const found = (await this.#find(chain)) ?? (await this.#insert(chain, owner));
      keep(this.#stored, chain, found);
      this.#claimed.delete(chain);
      return found;
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  async #find(chain: string): Promise<ChainOwner | null> {
    return this.#rows.findOne({ chain }, { projection: { _id: 0, chain: 0 } });
  }

  async #insert(chain: string, owner: ChainOwner): Promise<ChainOwner> {
    try {
      await this.#rows.insertOne({ chain, ...owner });
      return owner;
    } catch (error) {
      if (!(error instanceof MongoServerError && error.code === DUPLICATE_KEY)) throw error;
      // Another replica was first.
      const found = await this.#find(chain);
      if (found === null) throw error;
      return found;
    }
  }
}

/** The ones that came first go first. */
function keep(owners: Map<string, ChainOwner>, chain: string, owner: ChainOwner): void {
  owners.set(chain, owner);
  if (owners.size <= MOST) return;
  for (const oldest of owners.keys()) {
    owners.delete(oldest);
    return;
  }
}
