/** `make install`: the bundle, the Node it runs on, and a launcher on PATH. The repository may go away afterwards. */
import { chmodSync, copyFileSync, cpSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const prefix = process.argv[2] ?? '/usr/local';
const lib = join(prefix, 'lib', 'tollgate');
const bin = join(prefix, 'bin');
const launcher = join(bin, 'tollgate');

rmSync(lib, { recursive: true, force: true });
mkdirSync(lib, { recursive: true });
mkdirSync(bin, { recursive: true });
const images = join(root, 'dist', 'images');
cpSync(join(root, 'dist'), join(lib, 'dist'), { recursive: true, filter: (path) => path !== images });
writeFileSync(join(lib, 'package.json'), '{ "type": "module" }\n');
copyFileSync(realpathSync(process.execPath), join(lib, 'node'));
chmodSync(join(lib, 'node'), 0o755);

// Young objects live shortly here: a larger nursery costs nothing and spares collections. The inspector must not be
// opened by a signal, because the agent runs as the same user.
writeFileSync(
  launcher,
  `#!/bin/sh
exec "${lib}/node" --max-semi-space-size=16 --max-old-space-size=512 --disable-sigusr1 "${lib}/dist/tollgate.js" "$@"
`,
);
chmodSync(launcher, 0o755);
console.log(`Installed ${launcher}.`);
if (!(process.env.PATH ?? '').split(delimiter).includes(bin)) {
  console.log(`${bin} is not on your PATH: add it, or call ${launcher}.`);
}
