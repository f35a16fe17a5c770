/** The image as it is written, taken apart with the tar of this machine and run with nothing beside it. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { VERSION } from '../core/version.ts';
import { readElf } from './elf.ts';
import { cache, root } from './places.ts';

const folder = mkdtempSync(join(tmpdir(), 'tollgate-images-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const first = join(folder, 'first');
const second = join(folder, 'in', 'another', 'place');
const archive = join(folder, 'image.tar');

/** What was fetched is shared; all else is made anew. */
function clone(from: string, to: string): void {
  const left = new Set(['node_modules', '.git', '.cache', 'dist']);
  cpSync(from, to, { recursive: true, filter: (path) => !left.has(basename(path)) });
  symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'));
  mkdirSync(join(to, '.cache'));
  mkdirSync(cache, { recursive: true });
  symlinkSync(cache, join(to, '.cache', 'images'));
}

function make(at: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(at, 'images/main.ts'), ...args], {
    cwd: at,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const digestOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const blob = (digest: string) => `blobs/sha256/${digest.slice('sha256:'.length)}`;
const layout = (path: string) => JSON.parse(readFileSync(join(folder, 'layout', path), 'utf8'));

/** @returns the folder with the files of an image, its layers one over the other, and what it runs */
function unpack(manifest: string, architecture: string) {
  const to = join(folder, architecture);
  mkdirSync(to);
  const { layers, config } = layout(blob(manifest));
  const listed = layers.flatMap(({ digest }: { digest: string }) => {
    const path = join(folder, 'layout', blob(digest));
    execFileSync('tar', ['-xpf', path, '-C', to]);
    const list = execFileSync('tar', ['--numeric-owner', '--utc', '-tvf', path], { encoding: 'utf8' });
    return list.trim().split('\n');
  });
  return { to, listed: listed as string[], config: layout(blob(config.digest)) };
}

describe('the image', () => {
  let written: { digest: string; manifests: { architecture: string; digest: string }[] };
  const images = new Map<string, ReturnType<typeof unpack>>();

  before(() => {
    clone(root, first);
    clone(first, second);
    const { status, stdout, stderr } = make(first, '--json', '--out', archive);
    assert.equal(status, 0, stderr);
    written = JSON.parse(stdout);
    mkdirSync(join(folder, 'layout'));
    execFileSync('tar', ['-xf', archive, '-C', join(folder, 'layout')]);
    for (const { architecture, digest } of written.manifests)
      images.set(architecture, unpack(digest, architecture));
  });

  /** Runs it as a container would be, with nothing but its own files. */
  function start(command: readonly string[], args: readonly string[]) {
    const image = images.get(process.arch === 'x64' ? 'amd64' : process.arch);
    const { User, Env } = image?.config.config ?? {};
    const inside = ['--userspec', User, image?.to ?? '', ...command, ...args];
    const { status, stdout, stderr } = spawnSync('/usr/sbin/chroot', inside, {
      env: Object.fromEntries(Env.map((one: string) => one.split('='))),
      encoding: 'utf8',
    });
    return {
      status,
      stdout: stdout.trim(),
      stderr: stderr.trim(),
      entrypoint: image?.config.config.Entrypoint,
    };
  }

  it('has the same bytes from another folder', () => {
    const again = join(folder, 'again.tar');
    const { status, stderr } = make(second, '--out', again);
    assert.equal(status, 0, stderr);
    assert.equal(digestOf(again), digestOf(archive));
    rmSync(again);
  });

  it('is for two architectures, under one name and the digest that was said', () => {
    const [top, ...others] = layout('index.json').manifests;
    assert.equal(others.length, 0);
    assert.equal(top.digest, written.digest);
    assert.equal(top.annotations['io.containerd.image.name'], `localhost/tollgate:${VERSION}`);
    assert.deepEqual([...images.keys()], ['amd64', 'arm64']);
  });

  it('starts with nothing else, as its own user', { skip: needsRoot() }, () => {
    const { entrypoint } = start(['/usr/local/bin/node'], ['--version']);
    assert.deepEqual(start(entrypoint, ['--version']).stdout, VERSION);
    assert.match(
      start(entrypoint, ['np-gate', '--help']).stdout,
      /proves that the network of a pod is closed/,
    );
    const user = start(['/usr/local/bin/node'], ['-p', '[process.getuid(), os.userInfo().username].join()']);
    assert.equal(user.stdout, '64535,tollgate');
  });

  it('has the command by its name, which probes ask', { skip: needsRoot() }, () => {
    assert.equal(start(['tollgate'], ['--version']).stdout, VERSION);
    assert.equal(start(['tollgate'], ['sidecar', '--is-ready']).status, 1);
  });

  it('has no shell, nothing that gives rights, and nothing that its user may change', () => {
    for (const [architecture, { listed, to }] of images) {
      assert.ok(listed.length > 50);
      for (const line of listed) {
        assert.match(
          line,
          /^(-r[w-][x-]r-[x-]r-[x-]|drwxr-xr-x|lrwxrwxrwx) 0\/0 /,
          `${architecture}: ${line}`,
        );
        assert.match(line, / 1970-01-01 /, line);
      }
      const executable = listed
        .filter((line) => line.startsWith('-rwx'))
        .map((line) => line.split(/ +/)[5] ?? '');
      const programs = executable.filter((path) => !/^(usr\/)?lib\/[\w-]+\/[\w+-]+\.so\.\d+$/.test(path));
      // Beside what is listed only the loader, whose name is a library's.
      assert.deepEqual(
        programs.filter((path) => !/\/ld-linux[\w-]*\.so\.\d$/.test(path)).sort(),
        ['usr/local/bin/node', 'usr/local/bin/tollgate'],
        to,
      );
    }
  });

  it('has every library that Node needs, for its own machine', () => {
    for (const [architecture, { to }] of images) {
      const libraries = globSync('{lib,usr/lib}/*-linux-gnu/*', { cwd: to });
      const names = new Set(libraries.map((path) => basename(path)));
      assert.ok(names.has('libc.so.6') && names.has('libstdc++.so.6') && names.has('libgcc_s.so.1'));
      for (const path of ['usr/local/bin/node', ...libraries]) {
        const { machine, needed } = readElf(readFileSync(join(to, path)));
        assert.equal(machine, architecture, path);
        for (const name of needed) assert.ok(names.has(name), `${architecture}: ${path} needs ${name}`);
      }
      const { interpreter = '' } = readElf(readFileSync(join(to, 'usr/local/bin/node')));
      assert.equal(readElf(readFileSync(join(to, interpreter))).machine, architecture);
    }
  });

  it('has the functions for Redis beside what reads them, and the same program for both', () => {
    const sources = globSync('*.lua', { cwd: join(root, 'adapters/redis/library') }).sort();
    const chunks = [...images.values()].map(({ to }) => {
      const dist = join(to, 'opt/tollgate/dist');
      const readers = globSync('**/*.js', { cwd: dist }).filter((path) =>
        readFileSync(join(dist, path), 'utf8').includes('.lua`'),
      );
      assert.equal(readers.length, 1);
      const [reader = ''] = readers;
      assert.deepEqual(
        globSync('library/*', { cwd: join(dist, dirname(reader)) }).sort(),
        sources.map((name) => `library/${name}`),
      );
      return reader;
    });
    assert.equal(new Set(chunks).size, 1);
  });

  it('has the certificates of Debian, and says which packages it has', () => {
    for (const { to } of images.values()) {
      const text = readFileSync(join(to, 'etc/ssl/certs/ca-certificates.crt'), 'utf8');
      assert.ok((text.match(/^-----BEGIN CERTIFICATE-----$/gm) ?? []).length > 100);
      assert.match(readFileSync(join(to, 'etc/os-release'), 'utf8'), /^ID=debian$/m);
      assert.match(readFileSync(join(to, 'var/lib/dpkg/status.d/libc6'), 'utf8'), /^Version: 2\./m);
      assert.match(readFileSync(join(to, 'usr/share/doc/libc6/copyright'), 'utf8'), /GNU C Library/);
    }
  });

  it('is not made of a package that is gone, or that is not the one that was pinned', () => {
    const pins = join(second, 'images', 'packages.json');
    const before = readFileSync(pins, 'utf8');
    const change = (field: 'version' | 'sha256', value: string) => {
      const packages: Record<string, string>[] = JSON.parse(before);
      for (const one of packages)
        if (one.name === 'base-files' && one.architecture === 'amd64')
          Object.assign(one, { sha256: '0'.repeat(64), [field]: value });
      writeFileSync(pins, JSON.stringify(packages));
      return make(second, '--arch', 'amd64', '--out', join(folder, 'none.tar'));
    };
    const gone = change('version', '0.1');
    assert.equal(gone.status, 1);
    assert.match(
      gone.stderr,
      /base-files:amd64 0\.1 is no longer in the apt sources of this machine, which have .*--refresh/,
    );
    const other = change('sha256', 'f'.repeat(64));
    assert.equal(other.status, 1);
    assert.match(
      other.stderr,
      /base-files:amd64 .* is not what images\/packages\.json pins: .* Nothing was made of it/,
    );
    assert.deepEqual(globSync('none.tar*', { cwd: folder }), []);
  });
});

function needsRoot(): string | false {
  return process.getuid?.() === 0 ? false : 'only root may make a folder the root';
}
