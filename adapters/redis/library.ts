/** The functions inside Redis: one library, in files that fit on a screen. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '../../core/version.ts';

/** In the order in which they use each other. */
const PARTS = ['base', 'counters', 'rates', 'fit', 'leases', 'reserve', 'outbox', 'rebuild', 'register'];

/** Of a library, by which its functions are called. Releases of one minor version share one: 0.1.3 → "0_1". */
export function libraryVersion(version = VERSION): string {
  return version.split('.').slice(0, 2).join('_');
}

/** @returns the library as FUNCTION LOAD takes it */
export function librarySource(version = libraryVersion()): string {
  const parts = PARTS.map((part) =>
    readFileSync(join(import.meta.dirname, 'library', `${part}.lua`), 'utf8'),
  );
  return `#!lua name=tollgate_${version}\n${parts.join('\n')}`.replaceAll('@VERSION@', version);
}
