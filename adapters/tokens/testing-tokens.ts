/** A cluster's signing keys, and tokens such as its API server makes. */
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { EGRESS_AUDIENCE } from '../../core/egress/names.ts';

export const ISSUER = 'https://kubernetes.default.svc.cluster.local';

export class TestCluster {
  readonly #keys: { kid: string; alg: string; secret: CryptoKey; shown: object }[] = [];

  static async create(alg = 'ES256'): Promise<TestCluster> {
    const cluster = new TestCluster();
    await cluster.addKey(alg);
    return cluster;
  }

  /** The newest key signs. */
  async addKey(alg = 'ES256'): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const kid = `key-${this.#keys.length + 1}-${Math.random()}`;
    const shown = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
    this.#keys.push({ kid, alg, secret: privateKey, shown });
  }

  jwks(): string {
    return JSON.stringify({ keys: this.#keys.map(({ shown }) => shown) });
  }

  /** @param change claims that differ; undefined: without them */
  token(change: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> {
    const key = this.#keys.at(-1);
    if (key === undefined) throw new Error('there is no key');
    const claims = Object.entries({ ...claimsOf(POD), ...change }).filter(([, value]) => value !== undefined);
    return new SignJWT(Object.fromEntries(claims) as JWTPayload)
      .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
      .sign(key.secret);
  }
}

export const POD = {
  uid: '7d0a51a2-6a31-4a1c-9a33-0a8d7e1c0001',
  namespace: 'agents',
  name: 'fix-bug-work',
  serviceAccount: 'runner',
};

/** As the TokenRequest API has them. */
export function claimsOf(pod: typeof POD): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  return {
    aud: [EGRESS_AUDIENCE],
    exp: now + 600,
    iat: now,
    nbf: now,
    iss: ISSUER,
    jti: 'b1e2c5f0-0000-4000-8000-000000000000',
    sub: `system:serviceaccount:${pod.namespace}:${pod.serviceAccount}`,
    'kubernetes.io': {
      namespace: pod.namespace,
      node: { name: 'node-1', uid: '1' },
      pod: { name: pod.name, uid: pod.uid },
      serviceaccount: { name: pod.serviceAccount, uid: '2' },
    },
  };
}
