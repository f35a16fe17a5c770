/** The command and everything it needs, as files that need nothing but Node. The same sources give the same bytes. */
import { chmodSync, cpSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build, type Metafile } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** Read at run time, from beside the code that reads them: code, and the folder that has to be there. */
const READ_BY = { 'adapters/redis/library.ts': 'adapters/redis/library' } as const;

/**
 * @param to  an empty folder, or none; tollgate.js in it is the command
 * @throws what esbuild says
 */
export async function bundle(to: string): Promise<void> {
  const { metafile } = await build({
    // Chunks are named by what is in them, paths among it: those of all are the same from the root, wherever that is, also
    // where node_modules is a link to another clone's.
    absWorkingDir: root,
    preserveSymlinks: true,
    entryPoints: { tollgate: 'cli/tollgate.ts' },
    outdir: to,
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
    metafile: true,
  });
  for (const [code, folder] of Object.entries(READ_BY))
    cpSync(join(root, folder), join(root, dirname(outputWith(code, metafile)), basename(folder)), {
      recursive: true,
    });
  chmodSync(join(to, 'tollgate.js'), 0o755);
}

/** @returns the file that some code went into, from the root */
function outputWith(code: string, { outputs }: Metafile): string {
  const found = Object.entries(outputs).find(([, { inputs }]) => code in inputs)?.[0];
  if (found === undefined) throw new Error(`${code} is not part of the bundle`);
  return found;
}
