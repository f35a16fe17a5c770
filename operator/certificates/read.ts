/**
 * What stands in the Secrets: an authority, certificates that are trusted, a server's certificate. It is used only if all
 * of it is right; whatever else it is, people are told in a sentence, in which no key is.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/** Values of a Secret or ConfigMap as text. */
export type Data = Readonly<Record<string, string>>;

/** A self-signed certificate of an authority. */
export interface Trusted {
  readonly certificate: X509Certificate;
  readonly pem: string;
  readonly from: number;
  readonly until: number;
  /** SHA-256 of it. */
  readonly id: string;
}

export interface Authority extends Trusted {
  readonly key: KeyObject;
}

export interface Leaf {
  readonly certificate: X509Certificate;
  readonly from: number;
  readonly until: number;
  readonly issuer: Trusted;
}

export interface Unusable {
  /** Undefined: there is nothing yet. */
  readonly why: string | undefined;
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
/** extKeyUsage serverAuth (RFC 5280, 4.2.1.12). */
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CURVE = 'prime256v1';

/** @param now epoch ms, as all times here */
export function readAuthority(pem: string, key: string, now: number): Authority | Unusable {
  if (pem === '' && key === '') return { why: undefined };
  const [found, ...more] = readTrusted(pem, now);
  if (found === undefined || more.length > 0)
    return { why: "it is not one authority's own certificate that is valid now" };
  const own = readKey(key, found.certificate);
  return 'why' in own ? own : { ...found, key: own };
}

/** @returns those that are as ours: self-signed, on P-256, and valid now; the rest is left out */
export function readTrusted(text: string, now: number): Trusted[] {
  return readAuthorities(text, now).filter(({ certificate }) => isOurs(certificate));
}

/** @returns those that are authorities' of any kind, and valid now */
export function readAuthorities(text: string, now: number): Trusted[] {
  return (text.match(PEM) ?? []).flatMap((pem) => {
    const certificate = readCertificate(pem);
    if (certificate === undefined || !certificate.ca) return [];
    const { from, until } = validity(certificate);
    if (now < from || now >= until) return [];
    return [{ certificate, pem: `${pem}\n`, from, until, id: certificate.fingerprint256 }];
  });
}

/** @returns the certificate, if its key is there and one of these authorities has signed it */
export function readLeaf(data: Data, authorities: readonly Trusted[], now: number): Leaf | Unusable {
  const [pem = '', key = ''] = [data['tls.crt'], data['tls.key']];
  if (pem === '' && key === '') return { why: undefined };
  const certificate = readCertificate(pem);
  if (certificate === undefined) return { why: 'tls.crt is no certificate' };
  const own = readKey(key, certificate);
  if ('why' in own) return own;
  const { from, until } = validity(certificate);
  if (now < from) return { why: 'it is not valid yet' };
  if (now >= until) return { why: 'it has expired' };
  if (!certificate.keyUsage?.includes(SERVER_AUTH)) return { why: 'it is not for servers' };
  const issuer = authorities.find((one) => isSignedBy(certificate, one.certificate));
  if (issuer === undefined) return { why: 'no authority of ours has signed it' };
  return { certificate, from, until, issuer };
}

export function isUsable<T extends object>(read: T | Unusable): read is T {
  return !('why' in read);
}

/** @returns the first of the text; undefined if there is none */
export function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function readKey(pem: string, certificate: X509Certificate): KeyObject | { readonly why: string } {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyDetails?.namedCurve !== CURVE) return { why: 'its key is none of the curve P-256' };
    return certificate.checkPrivateKey(key) ? key : { why: 'its key is that of another certificate' };
  } catch {
    return { why: 'its key is missing or broken' };
  }
}

function isOurs(certificate: X509Certificate): boolean {
  const curve = certificate.publicKey.asymmetricKeyDetails?.namedCurve;
  return curve === CURVE && isSignedBy(certificate, certificate);
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function validity({ validFromDate, validToDate }: X509Certificate): {
  readonly from: number;
  readonly until: number;
} {
  return { from: validFromDate.getTime(), until: validToDate.getTime() };
}
