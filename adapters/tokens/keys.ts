/**
 * The keys that the cluster signs tokens with: its JWKS, from a file or the API server (`/openid/v1/jwks`), kept and
 * refreshed. Keys are changed while tokens of the one before are still good, and a new one is used before anybody is told.
 */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import {
  type CompactJWSHeaderParameters,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
} from 'jose';

export type KeySource =
  | { readonly file: string }
  | {
      readonly url: string;
      /** PEM of who signed the API server's certificate. */
      readonly ca: string;
      /** File with our own token: a stock API server shows its keys to ServiceAccounts only. */
      readonly tokenFile: string | undefined;
    };

/** A JWKS of a cluster has a few keys of some hundred bytes. */
const MOST_BYTES = 256 * 1024;
const FETCH_MS = 5_000;
/** At most so often because of a token: whoever sends unknown key ids must not make us ask each time. */
const LEAST_BETWEEN_MS = 10_000;
/** Who has no keys yet is not ready, so no token comes that would have them asked for. */
const FIRST_AGAIN_MS = 2_000;

/** No keys were ever read. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

type FindKey = ReturnType<typeof createLocalJWKSet>;

export class KeySet {
  readonly #source: KeySource;
  readonly #onError: (error: Error) => void;
  #find: FindKey | undefined;
  #refreshing: Promise<void> | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #timers: NodeJS.Timeout[] = [];

  /** @param onError told when the keys could not be refreshed; the last ones stay, their tokens end by themselves */
  constructor(source: KeySource, onError: (error: Error) => void) {
    this.#source = source;
    this.#onError = onError;
  }

  get ready(): boolean {
    return this.#find !== undefined;
  }

  /** @param everyMs how often to read them anew; until they were read once, it is every two seconds */
  start(everyMs: number): void {
    const first = () => {
      if (!this.ready) void this.refresh();
    };
    const timers = [setInterval(() => void this.refresh(), everyMs), setInterval(first, FIRST_AGAIN_MS)];
    this.#timers = timers.map((timer) => timer.unref());
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** For jwtVerify. @throws errors.JWKSNoMatchingKey after one refresh; KeysUnavailable */
  readonly find = async (header: CompactJWSHeaderParameters, token: FlattenedJWSInput) => {
    // Without an id each key would be tried, and the set would be asked for each such token.
    if (typeof header.kid !== 'string') throw new errors.JWKSNoMatchingKey();
    try {
      return await this.#look(header, token);
    } catch (error) {
      const unknown = error instanceof errors.JWKSNoMatchingKey || error instanceof KeysUnavailable;
      if (!unknown || !(await this.#refreshForToken())) throw error;
      return this.#look(header, token);
    }
  };

  #look(header: CompactJWSHeaderParameters, token: FlattenedJWSInput) {
    if (this.#find === undefined) throw new KeysUnavailable();
    return this.#find(header, token);
  }

  /** @returns whether it was tried: those who come meanwhile wait for the same answer */
  async #refreshForToken(): Promise<boolean> {
    if (this.#refreshing === undefined && performance.now() - this.#triedAt < LEAST_BETWEEN_MS) return false;
    await this.refresh();
    return true;
  }

  /** Reads the keys now; never rejects. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #read(): Promise<void> {
    this.#triedAt = performance.now();
    try {
      const text =
        'file' in this.#source ? readFileSync(this.#source.file, 'utf8') : await fetchText(this.#source);
      const set = JSON.parse(text) as JSONWebKeySet;
      if (!Array.isArray(set.keys) || set.keys.length === 0) throw new Error('there is no key in it');
      // Throws for what is no JWKS.
      this.#find = createLocalJWKSet(set);
    } catch (error) {
      const where = 'file' in this.#source ? this.#source.file : this.#source.url;
      this.#onError(new Error(`${where}: ${(error as Error).message}`));
    }
  }
}

function fetchText({ url, ca, tokenFile }: Extract<KeySource, { url: string }>): Promise<string> {
  const headers: Record<string, string> = { accept: 'application/jwk-set+json, application/json' };
  // Read each time: kubelets renew it.
  if (tokenFile !== undefined) headers.authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`;
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      { ca: readFileSync(ca), headers, agent: false, signal: AbortSignal.timeout(FETCH_MS) },
      (response) => {
        const pieces: Buffer[] = [];
        let bytes = 0;
        // A redirect is no answer: the CA was given for this host.
        if (response.statusCode !== 200) asked.destroy(new Error(`status ${response.statusCode}`));
        response.on('data', (piece: Buffer) => {
          bytes += piece.length;
          if (bytes > MOST_BYTES) asked.destroy(new Error(`more than ${MOST_BYTES} bytes`));
          else pieces.push(piece);
        });
        response.on('end', () => resolve(Buffer.concat(pieces).toString()));
        response.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}
