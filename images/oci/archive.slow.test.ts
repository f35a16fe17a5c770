/** Archives are read back with the tar of this machine, which shares no code with what wrote them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type Image, writeArchive } from './archive.ts';
import { type Entry, tar } from './tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'tollgate-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const deep = `${'folder/'.repeat(20)}file`;
const entries: readonly Entry[] = [
  { kind: 'link', path: 'bin/sh', to: 'busybox' },
  { kind: 'file', path: 'bin/busybox', content: 'program', mode: 0o755 },
  { kind: 'folder', path: 'tmp', mode: 0o1777 },
  { kind: 'file', path: deep, content: 'x'.repeat(513) },
  { kind: 'file', path: 'empty', content: '' },
];

function written(content: readonly Entry[]): string {
  const path = join(folder, 'one.tar');
  writeFileSync(path, Buffer.concat([...tar(content)]));
  return path;
}

const list = (path: string) =>
  execFileSync('tar', ['--numeric-owner', '--utc', '-tvf', path], { encoding: 'utf8' });
const read = (path: string, name: string) => execFileSync('tar', ['-xOf', path, name], { encoding: 'utf8' });

describe('tar', () => {
  it('is what the tar of this machine reads: modes, links, long paths, contents', () => {
    const path = written(entries);
    const lines = list(path).split('\n');
    assert.ok(lines.some((line) => /^-rwxr-xr-x 0\/0 +7 1970-01-01 00:00 bin\/busybox$/.test(line)));
    assert.ok(lines.some((line) => /^lrwxrwxrwx 0\/0 .* bin\/sh -> busybox$/.test(line)));
    assert.ok(lines.some((line) => /^drwxrwxrwt 0\/0 .* tmp\/$/.test(line)));
    assert.equal(read(path, deep), 'x'.repeat(513));
    assert.equal(read(path, 'empty'), '');
  });

  it('has the folders of its files, each before what is in it', () => {
    const names = list(written(entries)).split('\n');
    const at = (name: string) => names.findIndex((line) => line.includes(` ${name}`));
    assert.ok(at('bin/') >= 0 && at('bin/') < at('bin/busybox'));
  });

  it('has the same bytes whatever order it is given', () => {
    const bytes = (content: readonly Entry[]) => Buffer.concat([...tar(content)]);
    assert.deepEqual(bytes(entries), bytes(entries.toReversed()));
  });

  it('refuses what leaves its root, what is there twice, and what it cannot name', () => {
    const one = (path: string): Entry => ({ kind: 'file', path, content: '' });
    for (const path of ['/etc/passwd', '../up', 'a/../b', 'a/', ''])
      assert.throws(() => [...tar([one(path)])], /not a path from an archive's root/);
    assert.throws(() => [...tar([one('a'), one('a')])], /in the archive already: a/);
    assert.throws(() => [...tar([one('x'.repeat(101))])], /too long for a tar archive/);
    const link: Entry = { kind: 'link', path: 'link', to: 'y'.repeat(101) };
    assert.throws(() => [...tar([link])], /too long for a tar archive/);
  });
});

describe('an image archive', () => {
  const image: Image = {
    name: 'localhost/tollgate-test/one:1',
    architecture: 'amd64',
    layers: [entries, [{ kind: 'file', path: 'app/main.js', content: 'run()' }]],
    config: { Entrypoint: ['/bin/busybox'], User: '65532:65532' },
  };

  it('names each blob by the digest of its bytes, from the index down to the layers', () => {
    const path = join(folder, 'image.tar');
    const { digest } = writeArchive(path, image);
    const blob = (of: string) => execFileSync('tar', ['-xOf', path, `blobs/sha256/${of.slice(7)}`]);
    const sum = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const index = JSON.parse(read(path, 'index.json'));
    assert.equal(index.manifests[0].digest, digest);
    assert.equal(index.manifests[0].annotations['io.containerd.image.name'], image.name);
    assert.equal(sum(blob(digest)), digest);
    const manifest = JSON.parse(blob(digest).toString());
    const config = JSON.parse(blob(manifest.config.digest).toString());
    assert.equal(sum(blob(manifest.config.digest)), manifest.config.digest);
    assert.deepEqual(
      config.rootfs.diff_ids,
      manifest.layers.map((layer: { digest: string }) => layer.digest),
    );
    assert.deepEqual(config.config, image.config);
    for (const layer of manifest.layers) {
      assert.equal(sum(blob(layer.digest)), layer.digest);
      assert.equal(blob(layer.digest).length, layer.size);
    }
    writeFileSync(join(folder, 'layer.tar'), blob(manifest.layers[1].digest));
    assert.equal(read(join(folder, 'layer.tar'), 'app/main.js'), 'run()');
  });

  it('has one name for several architectures', () => {
    const path = join(folder, 'both.tar');
    const { digest, manifests } = writeArchive(path, image, { ...image, architecture: 'arm64' });
    const blob = (of: string) => JSON.parse(read(path, `blobs/sha256/${of.slice(7)}`));
    const [top, ...others] = JSON.parse(read(path, 'index.json')).manifests;
    assert.deepEqual(others, []);
    assert.equal(top.digest, digest);
    assert.equal(top.annotations['io.containerd.image.name'], image.name);
    const listed = blob(digest).manifests;
    assert.deepEqual(
      listed.map(
        ({ digest, platform }: { digest: string; platform: { architecture: string; os: string } }) => [
          platform,
          digest,
          blob(blob(digest).config.digest).architecture,
        ],
      ),
      manifests.map(({ architecture, digest }) => [{ architecture, os: 'linux' }, digest, architecture]),
    );
    assert.deepEqual(
      manifests.map(({ architecture }) => architecture),
      ['amd64', 'arm64'],
    );
  });

  it('has what older Docker looks for, where it is for one architecture', () => {
    const path = join(folder, 'docker.tar');
    const { digest } = writeArchive(path, image);
    const [one] = JSON.parse(read(path, 'manifest.json'));
    const manifest = JSON.parse(read(path, `blobs/sha256/${digest.slice(7)}`));
    const at = (of: { digest: string }) => `blobs/sha256/${of.digest.slice(7)}`;
    assert.deepEqual(one, {
      Config: at(manifest.config),
      RepoTags: [image.name],
      Layers: manifest.layers.map(at),
    });
  });

  it('is not made of images that a name could mean either of', () => {
    const path = join(folder, 'none.tar');
    for (const other of [image, { ...image, name: 'localhost/other:1', architecture: 'arm64' }])
      assert.throws(() => writeArchive(path, image, other), /one name, and one image for each architecture/);
    assert.ok(!existsSync(path));
  });

  it('has the same bytes each time', () => {
    const [one, two] = ['1.tar', '2.tar'].map((name) => join(folder, name)) as [string, string];
    assert.deepEqual(writeArchive(one, image), writeArchive(two, image));
    assert.deepEqual(readFileSync(one), readFileSync(two));
  });
});
