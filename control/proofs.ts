/**
 * What control granted comes back in a sidecar's own words, and sidecars run in pods of agents: each grant has a proof that
 * control alone can make, and entries that speak of money are believed by it.
 *
 *   reserve ──> HMAC(lease, exchange, pod, when, counters, rates, amounts) ──> sidecar ──> `opened` ──> the same?
 *           └─> HMAC(lease, exchange) ─────────────────────────────────────────────> sidecar ──> `closed` ──> the same?
 *
 * The keys stand beside the entries, where any replica finds them; they are lost only with all that they prove.
 */
import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Closed, Opened } from '../core/audit/entry.ts';

/** Where replicas keep their keys together. */
export interface ProofKeyStore {
  /**
   * Keeps these keys, where they are not there yet.
   * @returns all that there are, oldest first; @throws LedgerUnavailable
   */
  share(keys: readonly Buffer[], now: number): Promise<readonly Buffer[]>;
}

const KEY_BYTES = 32;
/** A key that is not known is asked for at most so often, ms. */
const ASK_AGAIN_MS = 2_000;

export class Proofs {
  readonly #store: ProofKeyStore;
  readonly #clock: () => number;
  #keys = new Map<string, Buffer>();
  #askedAt = Number.NEGATIVE_INFINITY;

  private constructor(store: ProofKeyStore, clock: () => number) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws LedgerUnavailable */
  static async open(store: ProofKeyStore, clock: () => number = Date.now): Promise<Proofs> {
    const proofs = new Proofs(store, clock);
    await proofs.#share([]);
    if (proofs.#keys.size === 0) await proofs.#share([randomBytes(KEY_BYTES)]);
    return proofs;
  }

  /** @param pod UID: whose owner, and with it who pays, may change while it runs */
  ofOpened(opened: Opened, pod: string): string {
    return this.#prove(grantOf(opened, pod));
  }

  /** For the `closed` entry of its lease. */
  ofClosed(of: Pick<Opened, 'lease' | 'exchange'>): string {
    return this.#prove(leaseOf(of));
  }

  /** @returns whether control granted exactly that to the pod; @throws LedgerUnavailable when it can't be found out */
  granted(opened: Opened, pod: string): Promise<boolean> {
    return this.#holds(opened.proof, grantOf(opened, pod));
  }

  /** @returns whether the lease that has ended, if it had one, was granted; @throws LedgerUnavailable */
  async ended({ lease, exchange, proof }: Closed): Promise<boolean> {
    return lease === null || this.#holds(proof, leaseOf({ lease, exchange }));
  }

  #prove(said: string): string {
    const [first] = this.#keys;
    if (first === undefined) throw new Error('there is no key to prove grants with');
    const [name, key] = first;
    return `${name}.${mac(key, said)}`;
  }

  async #holds(proof: string | undefined, said: string): Promise<boolean> {
    const [name = '', given = ''] = (proof ?? '').split('.');
    const key = this.#keys.get(name) ?? (await this.#ask(name));
    if (key === undefined) return false;
    const [is, should] = [Buffer.from(given), Buffer.from(mac(key, said))];
    return is.length === should.length && timingSafeEqual(is, should);
  }

  /** Another replica may have begun with a key of its own; and a database that was made anew gets ours back by this. */
  async #ask(name: string): Promise<Buffer | undefined> {
    if (this.#clock() - this.#askedAt < ASK_AGAIN_MS) return undefined;
    this.#askedAt = this.#clock();
    await this.#share([...this.#keys.values()]);
    return this.#keys.get(name);
  }

  async #share(ours: readonly Buffer[]): Promise<void> {
    const all = await this.#store.share(ours, this.#clock());
    this.#keys = new Map([...all, ...this.#keys.values()].map((key) => [nameOf(key), key]));
  }
}

function grantOf({ lease, exchange, at, cap, reserved, counters, rates }: Opened, pod: string): string {
  const amounts = [reserved.usd, reserved.tokens, reserved.requests];
  return JSON.stringify(['opened', ...[lease, exchange, pod, at, cap], ...[amounts, counters, rates]]);
}

function leaseOf({ lease, exchange }: Pick<Opened, 'lease' | 'exchange'>): string {
  return JSON.stringify(['closed', lease, exchange]);
}

function mac(key: Buffer, said: string): string {
  return createHmac('sha256', key).update(said).digest('hex');
}

/** Says nothing of the key. */
function nameOf(key: Buffer): string {
  return hash('sha256', key, 'hex').slice(0, 16);
}
