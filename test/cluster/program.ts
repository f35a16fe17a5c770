/** What a program of this machine needs to run in an image that has nothing else. */
import { readFileSync } from 'node:fs';
import type { Entry } from '../../images/oci/tar.ts';
import { attempt } from './commands.ts';

/**
 * @param path  an executable of this machine
 * @param at  where it will be in the image
 * @returns it, the libraries it is linked with, and what loads them
 */
export async function programWithLibraries(path: string, at: string): Promise<Entry[]> {
  const { code, stdout } = await attempt(['ldd', path]);
  // ldd fails for programs that are linked with nothing.
  const libraries =
    code === 0 ? [...stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map(([, file = '']) => file) : [];
  return [
    executable(path, at),
    ...[...new Set(libraries)].map((library) => executable(library, library.slice(1))),
  ];
}

function executable(from: string, path: string): Entry {
  return { kind: 'file', path, mode: 0o755, content: readFileSync(from) };
}

/** Users by name, how names of hosts are looked up, and a folder for passing files: most programs ask for these. */
export const BASE: readonly Entry[] = [
  {
    kind: 'file',
    path: 'etc/passwd',
    content: 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n',
  },
  { kind: 'file', path: 'etc/group', content: 'root:x:0:\nnonroot:x:65532:\n' },
  { kind: 'file', path: 'etc/nsswitch.conf', content: 'hosts: files dns\n' },
  { kind: 'folder', path: 'tmp', mode: 0o1777 },
];
