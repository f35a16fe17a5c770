/** A machine with keys, as `tollgate keys` makes them and a gateway looks them up. For tests. */
import type { TestContext } from 'node:test';
import type { Entry, KeyChanged } from '../../core/audit/entry.ts';
import { createKey, type IssuedKey, type KeyStore, type NewKey } from './keys.ts';
import { KeyLookup } from './keys-lookup.ts';
import { formatToken } from './keys-token.ts';
import { type OpenLedger, rows } from './testing.ts';
import { Machine } from './testing-machine.ts';

const PLAIN: NewKey = {
  name: 'ci',
  namespace: 'local',
  labels: {},
  agent: null,
  profile: null,
  maxConcurrent: null,
  maxRequestBytes: null,
  lifetimeMs: null,
};

/** @returns the key as its holder has it */
export function tokenOf({ key, secret }: IssuedKey): string {
  return formatToken({ id: key.id, secret });
}

/** A machine with keys, and a process that asks for them. */
export class Keys {
  readonly machine: Machine;
  readonly open: OpenLedger;
  readonly store: KeyStore;
  readonly lookup: KeyLookup;

  constructor(machine: Machine, open: OpenLedger) {
    this.machine = machine;
    this.open = open;
    this.store = { ...open, by: 'tester' };
    this.lookup = new KeyLookup(open.db, open.ledger);
  }

  static async on(t: TestContext): Promise<Keys> {
    const machine = new Machine(t);
    return new Keys(machine, await machine.open('keys'));
  }

  create(more: Partial<NewKey> = {}): Promise<IssuedKey> {
    return createKey(this.store, { ...PLAIN, ...more });
  }

  /** @returns the name of the key that a token is, or what is bad about it */
  find(token: string): string {
    const found = this.lookup.find(token, this.machine.now);
    return 'bad' in found ? found.bad : found.key.name;
  }

  entries(): (Entry & KeyChanged)[] {
    return rows(this.open.db, `SELECT text FROM entries WHERE kind = 'key' ORDER BY at, seq`).map(
      ({ text }) => JSON.parse(String(text)) as Entry & KeyChanged,
    );
  }

  async end(): Promise<string[]> {
    await this.open.ledger.stop();
    return this.machine.found();
  }
}
