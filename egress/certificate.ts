/**
 * The gateway's certificate: two PEM files that are renewed while it runs. Certificate and key are written one after the
 * other, so both have to rest for a look before they are read; what can't be used leaves the last good pair in place.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

export interface CertificatePaths {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** The files can't be used; the message says why. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/** @throws CertificateError when they can't be read, do not belong together, or are not ECDSA (RSA costs 20 times the CPU) */
export function readCertificate({ cert, key }: CertificatePaths): CertificateFiles {
  try {
    const files = { cert: readFileSync(cert), key: readFileSync(key) };
    const secret = createPrivateKey(files.key);
    if (secret.asymmetricKeyType !== 'ec')
      throw new Error(`the key is ${secret.asymmetricKeyType}, not ECDSA`);
    if (!new X509Certificate(files.cert).checkPrivateKey(secret)) throw new Error('the key is another one');
    return files;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CertificateError(
      `${cert} and ${key} can't be used for TLS: ${code?.startsWith('E') ? code : message}`,
    );
  }
}

/** Looks at the files for changes. */
export class CertificateWatch {
  readonly #paths: CertificatePaths;
  readonly #onChange: (files: CertificateFiles) => void;
  readonly #onError: (error: Error) => void;
  #seen: string;
  #read: string;
  #timer: NodeJS.Timeout | undefined;
  readonly first: CertificateFiles;

  /** @throws CertificateError */
  constructor(
    paths: CertificatePaths,
    onChange: (files: CertificateFiles) => void,
    onError: (error: Error) => void,
  ) {
    this.#paths = paths;
    this.#onChange = onChange;
    this.#onError = onError;
    this.#seen = fingerprint(paths);
    this.#read = this.#seen;
    this.first = readCertificate(paths);
  }

  /** @param everyMs how often to look */
  start(everyMs: number): void {
    this.#timer = setInterval(() => this.#look(), everyMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = fingerprint(this.#paths);
    const rests = now === this.#seen;
    this.#seen = now;
    if (!rests || now === this.#read) return;
    this.#read = now;
    try {
      this.#onChange(readCertificate(this.#paths));
    } catch (error) {
      this.#onError(error as Error);
    }
  }
}

/** Changes whenever one of the files does, also when it can't be read. */
function fingerprint({ cert, key }: CertificatePaths): string {
  return [cert, key]
    .map((path) => {
      try {
        const { ino, size, mtimeMs, ctimeMs } = statSync(path);
        return [ino, size, mtimeMs, ctimeMs].join(' ');
      } catch (error) {
        return String(error);
      }
    })
    .join('\n');
}
