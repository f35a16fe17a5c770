/** There is no Docker here to build with: what can be known without is held. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SIDECAR_UID } from '../core/cluster/names.ts';
import { CONFIG } from './image.ts';
import { lockedNode } from './node.ts';
import { root } from './places.ts';

const read = (path: string) => readFileSync(join(root, 'images', path), 'utf8');
const lines = read('Dockerfile').replaceAll('\\\n', '').split('\n');
const said = (instruction: string) =>
  lines
    .filter((line) => line.startsWith(`${instruction} `))
    .map((line) => line.slice(instruction.length + 1));

describe('the Dockerfile', () => {
  it('builds on the Node that is pinned, and ships on nothing', () => {
    assert.deepEqual(said('FROM'), [`node:${lockedNode('amd64').version}-bookworm AS build`, 'scratch']);
  });

  it('copies what is there', () => {
    const sources = said('COPY').flatMap((of) =>
      of.startsWith('--from=') ? [] : of.split(' ').slice(0, -1),
    );
    const named = said('RUN').flatMap((of) =>
      [...of.matchAll(/\/src\/([\w/]+)/g)].map(([, path = '']) => path),
    );
    assert.ok(sources.length >= 3 && named.length >= 3);
    for (const path of [...sources, ...named, 'scripts/build.ts'])
      assert.ok(path === 'dist' || existsSync(join(root, path)), path);
    assert.ok(said('RUN').includes('node scripts/build.ts'));
  });

  it('runs what the image of `make images` runs, as the same user', () => {
    assert.deepEqual(JSON.parse(said('ENTRYPOINT').join()), CONFIG.Entrypoint);
    assert.deepEqual(said('USER'), [CONFIG.User]);
    assert.deepEqual(said('ENV'), CONFIG.Env);
    assert.deepEqual(said('WORKDIR').slice(-1), [CONFIG.WorkingDir]);
  });
});

describe('the files of images/root', () => {
  it('know the user of the image, who has no home and no shell', () => {
    assert.deepEqual(read('root/etc/passwd').trim().split('\n'), [
      'root:x:0:0:root:/nonexistent:/nonexistent',
      `tollgate:x:${SIDECAR_UID}:${SIDECAR_UID}:tollgate:/nonexistent:/nonexistent`,
    ]);
    assert.equal(read('root/etc/group'), `root:x:0:\ntollgate:x:${SIDECAR_UID}:\n`);
  });
});
