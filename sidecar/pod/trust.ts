/**
 * Authorities that the installation believes beside the public ones, for providers and git hosts of its own.
 *
 * The operator writes them beside its own bundle; where there are none the file is missing. They are read anew when they
 * change, since sidecars run for months. What can't be used leaves those before in place.
 */
import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Log } from '../../adapters/telemetry/log.ts';

const LOOK_MS = 2_000;

/**
 * What this process believes of whoever names no authority of its own, from now on.
 *
 * @param file PEM, or missing
 * @returns ends it
 */
export function believeExtra(file: string, log: Log, lookMs = LOOK_MS): () => void {
  const usual = getCACertificates('default');
  let believed = '';
  const look = () => {
    const extra = read(file);
    if (extra === believed) return;
    believed = extra;
    try {
      // Not for nothing: it costs some ms, of each pod's start too.
      setDefaultCACertificates(extra === '' ? usual : [...usual, ...certificatesIn(extra)]);
      log.info('the extra certificates were read');
    } catch (error) {
      log.error({ error: (error as Error).message }, 'the extra certificates stay as they were');
    }
  };
  look();
  const timer = setInterval(look, lookMs).unref();
  return () => clearInterval(timer);
}

/** @returns nothing where there is no file */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** @throws Error when there is none */
function certificatesIn(pem: string): readonly string[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (found === null) throw new Error('there is no certificate in trust.extraCertificates');
  return found;
}
