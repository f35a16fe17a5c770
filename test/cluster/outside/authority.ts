/** An authority that signs certificates of hosts outside; a test trusts it in the place of the public ones. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../commands.ts';

export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** @returns files: PEM of a certificate for these names, and its key */
  issue(names: readonly string[]): Promise<{ readonly cert: string; readonly key: string }>;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function makeAuthority(): Promise<Authority> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-authority-'));
  const at = (file: string) => join(folder, file);
  const openssl = (...args: string[]) => run(['openssl', ...args]);
  await openssl(
    ...['req', '-x509', ...NEW_KEY, '-subj', '/CN=test authority', '-days', '30'],
    ...['-keyout', at('ca.key'), '-out', at('ca.crt')],
  );
  let issued = 0;
  return {
    certificate: readFileSync(at('ca.crt'), 'utf8'),
    async issue(names) {
      const id = `leaf-${issued++}`;
      const [cert, key, request, extensions] = ['crt', 'key', 'csr', 'ext'].map((end) => at(`${id}.${end}`));
      if (!(cert && key && request && extensions)) throw new Error('unreachable: there are four');
      writeFileSync(extensions, `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`);
      await openssl(
        'req',
        '-new',
        ...NEW_KEY,
        ...['-subj', `/CN=${names[0]}`, '-keyout', key, '-out', request],
      );
      await openssl(
        ...['x509', '-req', '-in', request, '-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial'],
        ...['-days', '30', '-extfile', extensions, '-out', cert],
      );
      return { cert, key };
    },
  };
}
