/** How tokens of the cluster's workloads are verified, as a part of a program's configuration. */
import { readFileSync } from 'node:fs';
import { decodeJwt } from 'jose';
import { section, text } from '../config/config.ts';
import type { KeySource } from './keys.ts';

export interface TokensConfig {
  /** Undefined: whoever issued the token of `jwks.tokenFile`. */
  readonly issuer?: string;
  readonly jwks: { readonly url: string; readonly ca: string; readonly tokenFile: string };
}

export const TOKENS = section({ issuer: text, jwks: section({ url: text, ca: text, tokenFile: text }) }, [
  'issuer',
]);

/**
 * The issuer of tokens is the cluster's own, and differs from one distribution to the next: what issued our own token.
 *
 * @throws Error when that token can't be read
 */
export function issuerOf({
  issuer,
  jwks,
}: {
  readonly issuer?: string | undefined;
  readonly jwks: KeySource;
}): string {
  if (issuer !== undefined) return issuer;
  const tokenFile = 'url' in jwks ? jwks.tokenFile : undefined;
  if (tokenFile === undefined) throw new Error('neither an issuer of tokens nor a token of our own is known');
  const { iss } = decodeJwt(readFileSync(tokenFile, 'utf8').trim());
  if (iss === undefined) throw new Error(`the token of ${tokenFile} names no issuer`);
  return iss;
}
