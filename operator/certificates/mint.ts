/** Makes authorities and certificates for servers: ECDSA on P-256 with SHA-256, which all TLS clients of today know. */
import { KeyObject, randomBytes, webcrypto, type X509Certificate } from 'node:crypto';
import type * as X509 from '@peculiar/x509';
import type { Times } from './decide.ts';

/** PEM: a certificate and its key. */
export interface Minted {
  readonly cert: string;
  readonly key: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Only the leader mints, and hardly ever: other replicas are spared the 20 MB. */
async function library(): Promise<typeof X509> {
  return (await import('./library.ts')).x509;
}

/** @param now epoch ms; @returns an authority under a name of its own, so that two of them are never mistaken */
export async function mintAuthority(
  now: number,
  { authorityMs, skewMs }: Pick<Times, 'authorityMs' | 'skewMs'>,
): Promise<Minted> {
  const x509 = await library();
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=Tollgate CA ${new Date(now).toISOString().slice(0, 10)} ${randomBytes(4).toString('hex')}`,
    notBefore: new Date(now - skewMs),
    notAfter: new Date(now + authorityMs),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${certificate.toString('pem')}\n`, key: pemOf(keys.privateKey) };
}

/**
 * @param names DNS names; the first is the subject
 * @returns a server's certificate, which does not outlive its authority's
 */
export async function mintLeaf(
  authority: { readonly certificate: X509Certificate; readonly key: KeyObject },
  names: readonly string[],
  now: number,
  { leafMs, skewMs }: Pick<Times, 'leafMs' | 'skewMs'>,
): Promise<Minted> {
  const x509 = await library();
  const issuer = new x509.X509Certificate(new Uint8Array(authority.certificate.raw));
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    // A common name has 64 characters at most (RFC 5280, A.1); the names that count are below.
    subject: `CN=${(names[0] ?? '').slice(0, 64)}`,
    issuer: issuer.subject,
    notBefore: new Date(now - skewMs),
    notAfter: new Date(Math.min(now + leafMs, authority.certificate.validToDate.getTime())),
    publicKey: keys.publicKey,
    signingKey: authority.key.toCryptoKey(ALGORITHM, false, ['sign']),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value }))),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${certificate.toString('pem')}\n`, key: pemOf(keys.privateKey) };
}

/** Positive and never zero (RFC 5280, 4.1.2.2). */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function pemOf(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}
