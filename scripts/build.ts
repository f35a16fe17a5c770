/** Bundles the command and everything it needs into dist/, so that an installed Tollgate has no dependencies. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.ts';

const dist = join(import.meta.dirname, '..', 'dist');

// Images that were made stay.
for (const name of existsSync(dist) ? readdirSync(dist) : [])
  if (name !== 'images') rmSync(join(dist, name), { recursive: true, force: true });
await bundle(dist);
