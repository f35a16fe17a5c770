/**
 * Images with git and with the real agents, as somebody builds them who writes
 *
 *   FROM node:24-slim
 *   RUN apt-get update && apt-get install -y git && npm install -g @openai/codex
 *   USER 1000
 *
 * made without Docker, of this machine's own git and shell and of the agents that test/clients has installed:
 *
 *   git           bash, busybox, git            sets up, tears down
 *   claude-code   the same, and Claude Code
 *   codex         the same, Node, and Codex     which npm installs as a program of Node that starts another
 *
 * Nothing in them is written to: they run with a read-only root file system, as user 1000.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Image } from '../../../images/oci/archive.ts';
import type { Entry } from '../../../images/oci/tar.ts';
import { root } from '../../../scripts/test-files.ts';
import type { Cluster } from '../cluster.ts';
import { run } from '../commands.ts';
import { programPath } from '../packages.ts';
import { programWithLibraries } from '../program.ts';

export type AgentImage = 'git' | 'claude-code' | 'codex';

const PACKAGES = join(root, 'test', 'clients', 'node_modules');
const MODULES = 'usr/local/lib/node_modules';
const PLATFORM = `${process.platform}-${process.arch}`;

/** What the upper layer is made of: folders of npm packages. */
const NPM: Readonly<Record<AgentImage, readonly string[]>> = {
  git: [],
  'claude-code': [`@anthropic-ai/claude-code-${PLATFORM}`],
  codex: ['@openai/codex', `@openai/codex-${PLATFORM}`],
};

/**
 * Loads an image under names that pods ask for, unless one with the same in it is there under all of them.
 *
 * @param names  whole, with a registry and a tag; no registry is asked for what a node has
 * @throws Error when the agents of test/clients are not installed
 */
export async function loadAgentImage(
  cluster: Cluster,
  which: AgentImage,
  names: readonly string[],
): Promise<void> {
  const content = `localhost/tollgate-test/${which}:${await versionOf(which)}`;
  const there = await cluster.images();
  if (!there.has(content)) await cluster.importImage({ ...(await agentImage(which)), name: content });
  for (const name of names) await cluster.tagImage(content, name);
}

/** @returns what changes when an image of it would be another one */
async function versionOf(which: AgentImage): Promise<string> {
  const parts = await Promise.all([
    readFileSync(join(import.meta.dirname, 'images.ts'), 'utf8'),
    process.version,
    run([program('git'), '--version']),
    run([program('bash'), '--version']),
    ...NPM[which].map((name) => readFileSync(join(packageFolder(name), 'package.json'), 'utf8')),
  ]);
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);
}

async function agentImage(which: AgentImage): Promise<Omit<Image, 'name'>> {
  const upper = await UPPER[which]();
  return {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    layers: [await tools(), ...(upper.length === 0 ? [] : [upper])],
    config: {
      Cmd: ['sh'],
      Env: ['PATH=/usr/local/bin:/usr/bin:/bin'],
      User: '1000:1000',
      WorkingDir: '/home/agent',
    },
  };
}

const UPPER: Readonly<Record<AgentImage, () => Promise<Entry[]>>> = {
  git: async () => [],
  // Its installer puts the program of the platform where npm's launcher was.
  'claude-code': async () => {
    const [name = ''] = NPM['claude-code'];
    return withLibraries([[join(packageFolder(name), 'claude'), 'usr/local/bin/claude']], await tools());
  },
  codex: async () => [
    ...(await withLibraries([[process.execPath, 'usr/local/bin/node']], await tools())),
    ...NPM.codex.flatMap((name) => folder(packageFolder(name), `${MODULES}/${name}`)),
    { kind: 'link', path: 'usr/local/bin/codex', to: '../lib/node_modules/@openai/codex/bin/codex.js' },
  ],
};

let made: Promise<Entry[]> | undefined;

/** The lower layer. */
function tools(): Promise<Entry[]> {
  made ??= makeTools();
  return made;
}

async function makeTools(): Promise<Entry[]> {
  const core = (await run([program('git'), '--exec-path'])).trim();
  const busybox = program('busybox');
  const applets = (await run([busybox, '--list'])).trim().split('\n');
  const link = (path: string, to: string): Entry => ({ kind: 'link', path, to });
  return [
    {
      kind: 'file',
      path: 'etc/passwd',
      content: 'root:x:0:0::/root:/bin/sh\nagent:x:1000:1000::/home/agent:/bin/bash\n',
    },
    { kind: 'file', path: 'etc/group', content: 'root:x:0:\nagent:x:1000:\n' },
    { kind: 'file', path: 'etc/nsswitch.conf', content: 'hosts: files dns\n' },
    { kind: 'folder', path: 'tmp', mode: 0o1777 },
    { kind: 'folder', path: 'home/agent' },
    ...folder('/usr/share/git-core/templates', 'usr/share/git-core/templates'),
    ...folder('/usr/lib/locale/C.utf8', 'usr/lib/locale/C.utf8'),
    ...(await withLibraries(
      [
        [busybox, 'bin/busybox'],
        [program('bash'), 'bin/bash'],
        [program('git'), 'usr/bin/git'],
        [join(core, 'git-remote-http'), `${core.slice(1)}/git-remote-http`],
      ],
      [],
    )),
    ...applets.filter((name) => !OWN.has(name)).map((name) => link(`bin/${name}`, 'busybox')),
    link('usr/bin/env', '../../bin/busybox'),
    ...['git', 'git-upload-pack', 'git-receive-pack'].map((name) =>
      link(`${core.slice(1)}/${name}`, relative(core, '/usr/bin/git')),
    ),
  ];
}

/** Not links to busybox. */
const OWN: ReadonlySet<string> = new Set(['busybox', 'bash']);

/** @param below  of the layers below; libraries that these have are left out */
async function withLibraries(
  programs: readonly (readonly [from: string, at: string])[],
  below: readonly Entry[],
): Promise<Entry[]> {
  const known = new Set(below.map(({ path }) => path));
  const all = await Promise.all(programs.map(([from, at]) => programWithLibraries(from, at)));
  return all.flat().filter(({ path }) => {
    const isNew = !known.has(path);
    known.add(path);
    return isNew;
  });
}

/** All files of a folder, but for what only its voice needs. */
function folder(from: string, to: string): Entry[] {
  if (!existsSync(from)) return [];
  return readdirSync(from, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && !/\/(voice|node_modules)(\/|$)/.test(relative(from, entry.parentPath)),
    )
    .map(({ parentPath, name }): Entry => {
      const path = join(parentPath, name);
      return {
        kind: 'file',
        path: `${to}/${relative(from, path)}`,
        mode: 0o755,
        content: readFileSync(path),
      };
    });
}

function packageFolder(name: string): string {
  const found = join(PACKAGES, name);
  if (existsSync(found)) return found;
  throw new Error(`${name} is not installed: run npm ci in test/clients`);
}

/** @throws Error when it is not there */
function program(name: string): string {
  const path = programPath(name);
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}
