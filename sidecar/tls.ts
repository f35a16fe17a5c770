/**
 * The certificate of `serve`, read anew when its files change: certificates are renewed while their servers run.
 *
 * Certificate and key are two files, written one after the other, so they are read only when both have rested for a
 * look. What can't be used leaves the last good one in place; connections that are open keep theirs.
 */
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

/** The files can't be used; the message says why and what to do. */
export class TlsError extends Error {
  override readonly name = 'TlsError';
}

/** @throws TlsError when one can't be read, or they do not belong together */
export function readTls(paths: TlsPaths): TlsFiles {
  const files = { cert: readPem(paths.cert, '--tls-cert'), key: readPem(paths.key, '--tls-key') };
  try {
    createSecureContext(files);
  } catch (error) {
    const why = (error as Error).message.replace(/^error:[0-9A-F]+:/, '');
    throw new TlsError(
      `${paths.cert} and ${paths.key} can't be used for TLS (${why}): give a certificate and its own key, in PEM, without a passphrase`,
    );
  }
  return files;
}

function readPem(path: string, flag: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new TlsError(`${flag}: ${path} can't be read (${code})`);
  }
}

/** Looks at the files for changes. */
export class TlsWatch {
  readonly #paths: TlsPaths;
  readonly #onChange: (files: TlsFiles) => void;
  readonly #onError: (error: Error) => void;
  #seen: string;
  #read: string;
  #timer: NodeJS.Timeout | undefined;
  readonly first: TlsFiles;

  /** @throws TlsError */
  constructor(paths: TlsPaths, onChange: (files: TlsFiles) => void, onError: (error: Error) => void) {
    this.#paths = paths;
    this.#onChange = onChange;
    this.#onError = onError;
    this.#seen = fingerprint(paths);
    this.#read = this.#seen;
    this.first = readTls(paths);
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
      this.#onChange(readTls(this.#paths));
    } catch (error) {
      this.#onError(error as Error);
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
