/**
 * The cluster's programs, built from source by Go, each once.
 *
 *   go/<module>/{go.mod,go.sum,*.go} + flags ── hash ──> .cache/cluster/bin/<module>-<hash>/<program>
 *
 * Each has a module of its own, because their dependencies clash. Cold, on two cores, all take about ten minutes.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { attempt, tail } from './commands.ts';
import { alone } from './lock.ts';
import { built } from './places.ts';

export interface Module {
  /** Its folder. */
  readonly folder: string;
  readonly name: string;
  /** Program: its Go package, and how long it takes cold on two cores, seconds. */
  readonly programs: Readonly<Record<string, { readonly of: string; readonly seconds: number }>>;
  /** For the linker, besides those that make the program smaller. */
  readonly set?: Readonly<Record<string, string>>;
}

/** Whose version the API server says, and refuses things by. */
export const KUBERNETES = '1.35.4';

const [major = '', minor = ''] = KUBERNETES.split('.');

const command = (name: string, seconds: number) => ({ of: `k8s.io/kubernetes/cmd/${name}`, seconds });

const MODULES: readonly Module[] = [
  {
    ...place('kubernetes'),
    programs: {
      'kube-apiserver': command('kube-apiserver', 220),
      'kube-controller-manager': command('kube-controller-manager', 40),
      'kube-scheduler': command('kube-scheduler', 10),
      kubelet: command('kubelet', 30),
      'kube-proxy': command('kube-proxy', 15),
      kubectl: command('kubectl', 25),
    },
    set: {
      'k8s.io/component-base/version.gitVersion': `v${KUBERNETES}`,
      'k8s.io/component-base/version.gitMajor': major,
      'k8s.io/component-base/version.gitMinor': minor,
    },
  },
  { ...place('etcd'), programs: { etcd: { of: 'go.etcd.io/etcd/server/v3', seconds: 24 } } },
  { ...place('coredns'), programs: { coredns: { of: '.', seconds: 60 } } },
  { ...place('pause'), programs: { pause: { of: '.', seconds: 2 } } },
  {
    ...place('local-path-provisioner'),
    programs: {
      'local-path-provisioner': { of: 'github.com/rancher/local-path-provisioner', seconds: 60 },
    },
  },
  {
    ...place('kube-router'),
    programs: {
      'kube-router': { of: 'github.com/cloudnativelabs/kube-router/v2/cmd/kube-router', seconds: 110 },
    },
  },
  { ...place('ferretdb'), programs: { ferretdb: { of: '.', seconds: 52 } } },
  { ...place('helm'), programs: { helm: { of: 'helm.sh/helm/v4/cmd/helm', seconds: 125 } } },
];

function place(name: string) {
  return { name, folder: join(import.meta.dirname, 'go', name) };
}

/** Where a program is, or will be when it is built. */
export type Binaries = (program: string) => string;

/** @returns the paths of all programs, built where they are missing */
export async function binaries(say: (line: string) => void): Promise<Binaries> {
  await build(MODULES, built, say);
  return binaryPaths();
}

/** @returns where they are when they are built */
export function binaryPaths(modules = MODULES, to = built): Binaries {
  const paths = new Map<string, string>();
  for (const module of modules)
    for (const program of Object.keys(module.programs))
      paths.set(program, join(folderOf(module, to), program));
  return (program) => {
    const path = paths.get(program);
    if (path === undefined) throw new Error(`${program} is none of the cluster's programs`);
    return path;
  };
}

/**
 * Builds what is missing of some modules, and removes what was built of their earlier versions.
 *
 * @throws Error with the command and the end of its output
 */
export function build(modules: readonly Module[], to: string, say: (line: string) => void): Promise<void> {
  return alone(to, "builds the cluster's programs", say, async () => {
    for (const module of modules) {
      const folder = folderOf(module, to);
      for (const [program, { of, seconds }] of Object.entries(module.programs)) {
        const path = join(folder, program);
        if (existsSync(path)) continue;
        say(`${program}: building it from source, about ${seconds} s`);
        const began = performance.now();
        await buildOne(module, of, path);
        say(`${program}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
      }
      removeOthers(to, module, folder);
    }
  });
}

const folderOf = (module: Module, to: string) => join(to, `${module.name}-${hashOf(module)}`);

/** By what a program is built, so that a change of it is seen. */
function hashOf({ folder, set }: Module): string {
  const hash = createHash('sha256').update(JSON.stringify([FLAGS, ENVIRONMENT, set]));
  for (const file of readdirSync(folder).sort()) {
    const bytes = readFileSync(join(folder, file));
    hash.update(`${file} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex').slice(0, 12);
}

const FLAGS = ['-mod=readonly', '-trimpath', '-buildvcs=false'];
const ENVIRONMENT = { CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off', GOTOOLCHAIN: 'local' };

async function buildOne({ name, folder, set = {} }: Module, of: string, path: string): Promise<void> {
  const values = Object.entries(set).map(([variable, value]) => `-X ${variable}=${value}`);
  const half = `${path}.half`;
  mkdirSync(dirname(path), { recursive: true });
  const go = await findGo();
  const line = [go, 'build', ...FLAGS, '-ldflags', ['-s', '-w', ...values].join(' '), '-o', half, of];
  const { code, stderr, stdout } = await attempt(line, {
    cwd: folder,
    env: { ...process.env, ...ENVIRONMENT },
    timeout: 3_600_000,
  });
  if (code !== 0) {
    rmSync(half, { force: true });
    throw new Error(
      `${name} could not be built. In ${folder}:\n${line.join(' ')}\nended with ${code}:\n${tail(stderr.trim() || stdout)}`,
    );
  }
  renameSync(half, path);
}

let found: Promise<string> | undefined;

/** @throws Error that says how to get it */
function findGo(): Promise<string> {
  found ??= (async () => {
    // The second is where Go's own packages put it, whether or not that is in PATH.
    for (const go of ['go', '/usr/local/go/bin/go']) {
      if ((await attempt([go, 'version'])).code === 0) return go;
    }
    throw new Error(
      'Go is not installed, and the cluster is built with it. Install Go 1.26 or newer (go.dev/dl), then try again.',
    );
  })();
  return found;
}

function removeOthers(to: string, { name }: Module, folder: string): void {
  for (const other of existsSync(to) ? readdirSync(to) : []) {
    const path = join(to, other);
    const isOfModule = other.startsWith(`${name}-`) && /^[0-9a-f]{12}$/.test(other.slice(name.length + 1));
    if (isOfModule && path !== folder) rmSync(path, { recursive: true, force: true });
  }
}

/** @returns where one program is, for tests that need no cluster; built if it is missing. @throws as build() */
export async function binary(program: string, say: (line: string) => void = console.error): Promise<string> {
  await build(
    MODULES.filter(({ programs }) => program in programs),
    built,
    say,
  );
  return binaryPaths()(program);
}
