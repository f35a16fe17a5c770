/**
 * A server's certificate: two PEM files, read anew when they change, since certificates are renewed while servers run.
 *
 * Certificate and key are written one after the other, so they are read only when both have rested for a look. What can't
 * be used leaves the last good pair in place; connections that are open keep theirs.
 */
import { createPrivateKey } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

export interface TlsPaths {
  /** PEM: the certificate and those between it and the root. */
  readonly cert: string;
  /** PEM, without a passphrase. */
  readonly key: string;
}

export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface TlsDemands {
  /** What the files are called where people name them: `--tls-cert`. */
  readonly names?: { readonly cert: string; readonly key: string };
  /** RSA costs 20 times the CPU for each connection. */
  readonly onlyEcdsa?: boolean;
}

/** The files can't be used; the message says why and what to do. */
export class TlsError extends Error {
  override readonly name = 'TlsError';
}

/** @throws TlsError when one can't be read, they do not belong together, or are not what is demanded */
export function readTls(paths: TlsPaths, demands: TlsDemands = {}): TlsFiles {
  const files = {
    cert: readPem(paths.cert, demands.names?.cert),
    key: readPem(paths.key, demands.names?.key),
  };
  const why = whyUnusable(files, demands);
  if (why === undefined) return files;
  throw new TlsError(
    `${paths.cert} and ${paths.key} can't be used for TLS (${why}): give a certificate and its own key, in PEM, without a passphrase`,
  );
}

/** @returns undefined: it is a certificate and its key */
export function whyUnusable(
  files: { readonly cert: string | Buffer; readonly key: string | Buffer },
  { onlyEcdsa = false }: TlsDemands = {},
): string | undefined {
  try {
    createSecureContext(files);
    const { asymmetricKeyType: type } = createPrivateKey(files.key);
    return onlyEcdsa && type !== 'ec' ? `the key is ${type}, not ECDSA` : undefined;
  } catch (error) {
    return (error as Error).message.replace(/^error:[0-9A-F]+:/, '');
  }
}

function readPem(path: string, name: string | undefined): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new TlsError(`${name === undefined ? '' : `${name}: `}${path} can't be read (${code})`);
  }
}

export interface TlsWatchOptions extends TlsDemands {
  changed(files: TlsFiles): void;
  failed(error: Error): void;
}

/** Looks at the files for changes. */
export class TlsWatch {
  readonly #paths: TlsPaths;
  readonly #options: TlsWatchOptions;
  #seen: string;
  #read: string;
  #timer: NodeJS.Timeout | undefined;
  readonly first: TlsFiles;

  /** @throws TlsError */
  constructor(paths: TlsPaths, options: TlsWatchOptions) {
    this.#paths = paths;
    this.#options = options;
    this.#seen = fingerprint(paths);
    this.#read = this.#seen;
    this.first = readTls(paths, options);
  }

  /** @param everyMs how often to look */
  start(everyMs: number): void {
    this.#timer = setInterval(() => {
      const now = fingerprint(this.#paths);
      const rests = now === this.#seen;
      this.#seen = now;
      if (rests && now !== this.#read) this.reload();
    }, everyMs).unref();
  }

  /** Reads them now. */
  reload(): void {
    this.#read = fingerprint(this.#paths);
    try {
      this.#options.changed(readTls(this.#paths, this.#options));
    } catch (error) {
      this.#options.failed(error as Error);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Changes whenever one of the files does, also when it can't be read. */
function fingerprint({ cert, key }: TlsPaths): string {
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
