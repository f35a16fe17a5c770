/**
 * Who calls, from a projected ServiceAccount token, checked here without asking anybody: signature, issuer, audience,
 * times, and that it is bound to a pod. Whether that pod is there and governed is the directory's to say.
 */
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { type KeySet, KeysUnavailable } from './keys.ts';

export interface Caller {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly serviceAccount: string;
}

/** What API servers sign with (--service-account-signing-key-file): RSA and ECDSA. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];
/** Clocks of two machines. */
const TOLERANCE_SECONDS = 5;
const MOST_CHARACTERS = 8_192;

export type TokenVerdict =
  | { readonly caller: Caller }
  /** For people; it has nothing of the token. */
  | { readonly invalid: string }
  | { readonly unavailable: true };

/** What a token has to be for. */
export interface TokenFor {
  /** As the API server's --service-account-issuer has it. */
  readonly issuer: string;
  readonly audience: string;
}

/** @returns who shows it, or why it is not good */
export async function readToken(
  token: string,
  keys: Pick<KeySet, 'find'>,
  { issuer, audience }: TokenFor,
): Promise<TokenVerdict> {
  if (token.length > MOST_CHARACTERS) return { invalid: 'it is too long' };
  try {
    const { payload } = await jwtVerify(token, keys.find, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'iat', 'nbf', 'sub'],
    });
    return readClaims(payload);
  } catch (error) {
    if (error instanceof KeysUnavailable) return { unavailable: true };
    if (error instanceof errors.JOSEError) return { invalid: whyInvalid(error, audience) };
    throw error;
  }
}

/** The claims of a token that the TokenRequest API bound to a pod. */
function readClaims({ aud, sub, 'kubernetes.io': bound }: JWTPayload): TokenVerdict {
  // One that is good elsewhere too is none of a sidecar's.
  if (Array.isArray(aud) && aud.length !== 1) return { invalid: 'it has other audiences too' };
  const claims = bound as
    | { namespace?: unknown; pod?: { name?: unknown; uid?: unknown }; serviceaccount?: { name?: unknown } }
    | undefined;
  const namespace = claims?.namespace;
  const name = claims?.pod?.name;
  const uid = claims?.pod?.uid;
  const serviceAccount = claims?.serviceaccount?.name;
  if (!isText(namespace) || !isText(name) || !isText(uid) || !isText(serviceAccount))
    return { invalid: 'it is not bound to a pod' };
  if (sub !== `system:serviceaccount:${namespace}:${serviceAccount}`)
    return { invalid: 'its subject is another ServiceAccount' };
  return { caller: { uid, namespace, name, serviceAccount } };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function whyInvalid(error: errors.JOSEError, audience: string): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error;
    if (reason === 'missing') return `it has no ${claim}`;
    if (claim === 'nbf') return 'it is not good yet';
    if (claim === 'aud') return `it is for another audience than ${audience}`;
    return claim === 'iss' ? 'another issuer made it' : `its ${claim} is not good`;
  }
  if (error instanceof errors.JWKSNoMatchingKey) return "none of the cluster's keys signed it";
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'it is signed in another way than clusters sign';
  return 'it is no signed JSON Web Token';
}
