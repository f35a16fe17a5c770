/** Bundles the command and everything it needs into dist/, so that an installed Tollgate has no dependencies. */
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
await build({
  entryPoints: { tollgate: join(root, 'cli/tollgate.ts') },
  outdir: dist,
  bundle: true,
  // Parts that a command does not need are chunks of their own and never read.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: false,
  legalComments: 'linked',
  chunkNames: 'chunks/[name]-[hash]',
  // Some of what is bundled is CommonJS and asks for Node's modules with require().
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
chmodSync(join(dist, 'tollgate.js'), 0o755);
