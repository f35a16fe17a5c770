/** A gateway in this process, with keys that other connections to its state folder make, as `tollgate keys` does. */
import { randomUUID } from 'node:crypto';
import {
  createKey,
  type IssuedKey,
  type KeyStore,
  type NewKey,
  type Rotation,
  revokeKey,
  rotateKey,
} from '../../adapters/sqlite/keys.ts';
import { formatToken } from '../../adapters/sqlite/keys-token.ts';
import { SqliteLedger } from '../../adapters/sqlite/ledger.ts';
import { openState } from '../../adapters/sqlite/state.ts';
import type { GatewayConfig } from '../../sidecar/config.ts';
import { type RunningGateway, startGateway } from '../../sidecar/main.ts';
import type { Scope } from './output.ts';
import { type Ask, startTestSidecar, type TestOptions, type TestSidecar } from './sidecar.ts';

export interface GatewayOptions extends TestOptions {
  readonly gateway?: Partial<GatewayConfig>;
}

export interface TestGateway extends TestSidecar {
  readonly gateway: RunningGateway;
  /** Sends a message with this key. */
  askAs(token: string, text?: string, more?: object, ask?: Ask): Promise<Response>;
}

const PLAIN: Omit<NewKey, 'name'> = {
  namespace: 'local',
  labels: {},
  agent: null,
  profile: null,
  maxConcurrent: null,
  maxRequestBytes: null,
  lifetimeMs: null,
};

/** What a test has done with the keys of a state folder. */
export class TestKeys {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @returns the key as its holder has it */
  async create(name: string, more: Partial<NewKey> = {}): Promise<string> {
    return tokenOf(await this.#as((store) => createKey(store, { ...PLAIN, name, ...more })));
  }

  async rotate(name: string, rotation: Rotation): Promise<string> {
    return tokenOf(await this.#as((store) => rotateKey(store, name, rotation)));
  }

  async revoke(name: string): Promise<void> {
    await this.#as((store) => revokeKey(store, name));
  }

  /** In a connection and a chain of its own. */
  async #as<T>(work: (store: KeyStore) => Promise<T>): Promise<T> {
    const { db, paths } = openState(this.#folder);
    const ledger = new SqliteLedger({ db, paths, chain: randomUUID() });
    await ledger.start({ version: '0.0.0', command: 'keys' });
    try {
      return await work({ db, ledger, by: 'tester' });
    } finally {
      await ledger.stop();
    }
  }
}

function tokenOf({ key, secret }: IssuedKey): string {
  return formatToken({ id: key.id, secret });
}

export async function startTestGateway(t: Scope, options: GatewayOptions = {}): Promise<TestGateway> {
  let gateway: RunningGateway | undefined;
  const sidecar = await startTestSidecar(t, {
    ...options,
    start: async (config) => {
      gateway = await startGateway({ ...config, allowedHosts: [], tls: undefined, ...options.gateway });
      return { ...gateway, snapshot: () => Promise.reject(new Error('each caller has its own')) as never };
    },
  });
  const askAs: TestGateway['askAs'] = (token, text = '/say hi', more = {}, ask = {}) =>
    sidecar.ask(text, more, { ...ask, headers: { 'x-api-key': token, ...ask.headers } });
  return Object.assign(sidecar, { gateway: gateway as RunningGateway, askAs });
}
