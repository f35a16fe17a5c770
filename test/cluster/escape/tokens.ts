/** Tokens that an attacker would like to have: the test cluster's own signing key makes them. */

import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import type { Cluster } from '../cluster.ts';
import { state } from '../places.ts';

export interface Tokens {
  /** As a pod has it that mounts the token of its ServiceAccount: for the API server. */
  readonly ofTheApiServer: string;
  /** As the kubelet gives it to the sidecar of this pod, in every respect. */
  readonly whole: string;
  /** The same, and its time is over. */
  readonly expired: string;
  /** The same, for another audience of Tollgate's. */
  readonly forControl: string;
  /** The same, signed by somebody else. */
  readonly forged: string;
  /** The same, signed by nobody. */
  readonly unsigned: string;
}

/** @param pod  that runs, with this ServiceAccount */
export async function tokensOf(
  cluster: Cluster,
  namespace: string,
  pod: string,
  account = 'default',
): Promise<Tokens> {
  const bound = ['--bound-object-kind', 'Pod', '--bound-object-name', pod];
  const real = (await cluster.kubectl(['create', 'token', '-n', namespace, account, ...bound])).trim();
  const claims = decodeJwt(real);
  const { alg = '', kid = '' } = decodeProtectedHeader(real);
  const key = createPrivateKey(readFileSync(join(state, 'certificates', 'tokens.key')));
  const stranger =
    key.asymmetricKeyType === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Math.floor(Date.now() / 1000);
  const gateway = { ...claims, aud: ['tollgate-egress-gateway'] };
  const over = { iat: now - 7200, nbf: now - 7200, exp: now - 3600 };
  const sign = (payload: JWTPayload, by: KeyObject = key) =>
    new SignJWT(payload).setProtectedHeader({ alg, kid }).sign(by);
  return {
    ofTheApiServer: real,
    whole: await sign(gateway),
    expired: await sign({ ...gateway, ...over }),
    forControl: await sign({ ...claims, aud: ['tollgate-control'] }),
    forged: await sign(gateway, stranger.privateKey),
    unsigned: new UnsecuredJWT(gateway).encode(),
  };
}
