/**
 * Servers that show the certificate of two files, and the new one once the files are renewed.
 *
 *   files ── look ──> changed? ── usable? ── yes ──> every server's next connections
 *                                       └── no ───> logged; the one before stays
 */
import type { SecureContextOptions } from 'node:tls';
import type { Log } from '../telemetry/log.ts';
import { type TlsDemands, type TlsFiles, type TlsPaths, TlsWatch } from './files.ts';

/** A TLS or HTTPS server. */
export interface Renewable {
  setSecureContext(options: SecureContextOptions): void;
}

export interface RenewalOptions extends TlsDemands {
  /** Has to be said with each certificate, or what the server was made with is forgotten. */
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly log: Log;
}

export class TlsRenewal {
  readonly #watch: TlsWatch;
  readonly #options: RenewalOptions;
  readonly #servers: Renewable[] = [];

  /** @throws TlsError for files that can't be used at the start */
  constructor(paths: TlsPaths, options: RenewalOptions) {
    this.#options = options;
    this.#watch = new TlsWatch(paths, {
      ...options,
      changed: (files) => this.#show(files),
      failed: ({ message }) => options.log.error(`the certificate stays the one before: ${message}`),
    });
  }

  /** What servers are made with. */
  get first(): TlsFiles & Pick<RenewalOptions, 'minVersion'> {
    return { ...this.#watch.first, minVersion: this.#options.minVersion };
  }

  /** Servers made with `first` that get what comes after it. */
  renew(...servers: readonly Renewable[]): void {
    this.#servers.push(...servers);
  }

  /** @param everyMs how often to look; a change is shown two looks later at most */
  start(everyMs: number): void {
    this.#watch.start(everyMs);
  }

  /** Reads them now. */
  reload(): void {
    this.#watch.reload();
  }

  stop(): void {
    this.#watch.stop();
  }

  #show(files: TlsFiles): void {
    const { minVersion, log } = this.#options;
    for (const server of this.#servers) server.setSecureContext({ ...files, minVersion });
    log.info('the certificate was read anew');
  }
}
