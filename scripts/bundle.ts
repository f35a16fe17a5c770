/** The command and everything it needs, as files that need nothing but Node. The same sources give the same bytes. */
import { chmodSync, cpSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** Read at run time, from beside the code that reads them: code, and the folder that has to be there. */
const READ_BY = { 'adapters/redis/library.ts': 'adapters/redis/library' } as const;

/**
 * Node's own modules are asked for as CommonJS does it. An `import` of one reads each of its exports to make them names of
 * an ES module, and some are made only when they are read: `import 'node:http'` compiles all of undici for the WebSocket
 * in it, which costs each start of a program 40 to 80 ms of CPU (Node 24.21, measured).
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    const namespace = 'node-builtin';
    onResolve({ filter: /^[a-z]/ }, ({ path, kind }) =>
      kind === 'import-statement' && isBuiltin(path) ? { path, namespace } : undefined,
    );
    onLoad({ filter: /^/, namespace }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

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
    plugins: [lazyBuiltins],
    // Some of what is bundled is CommonJS and asks for Node's modules with require().
    banner: {
      js: "#!/usr/bin/env node\nconst require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
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
