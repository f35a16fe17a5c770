/**
 * Finding Tollgate's own credential in what goes to the agent. A provider, or a proxy before it, that repeats a request in
 * its answer would hand over the key that the agent is not to have.
 *
 * This is against accidents. Whoever has the key and wants the agent to know it can spell it in countless ways.
 */

/** What is shorter is no secret of worth, and might be a word. */
const LEAST_LENGTH = 12;

export class Credential {
  readonly #spelt: readonly Buffer[];

  /** @param key undefined where the provider takes none */
  constructor(key: string | undefined) {
    this.#spelt = key === undefined || key.length < LEAST_LENGTH ? [] : spellings(key);
  }

  /** Whether it stands there, also inside something in base64. Finds it in one piece only. */
  isIn(text: Buffer | string): boolean {
    if (this.#spelt.length === 0) return false;
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    return this.#spelt.some((spelling) => bytes.includes(spelling));
  }
}

function spellings(key: string): Buffer[] {
  const all = new Set([key]);
  // In base64 it looks in three ways, by how many bytes stand before it; characters that have bits of others are left out.
  for (const before of [0, 1, 2]) {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(key)]);
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor((bytes.length * 8) / 6);
    all.add(bytes.toString('base64').slice(from, to)).add(bytes.toString('base64url').slice(from, to));
  }
  return [...all].map((spelling) => Buffer.from(spelling));
}
