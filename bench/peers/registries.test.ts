import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PEERS } from './peers.ts';
import { reasonOf, versionIn } from './registries.ts';

const here = import.meta.dirname;

describe('installing peers', () => {
  it('reads versions from lock files', () => {
    const text =
      '# litellm==9\nlitellm-extras==2.0 --hash=x\nlitellm[proxy]==1.2.3 --hash=x\nb==4 ; python_version --hash=x\n';
    assert.equal(versionIn(text, 'litellm'), '1.2.3');
    assert.equal(versionIn(text, 'b'), '4');
    assert.throws(() => versionIn(text, 'c'), /no line of the lock file is c==VERSION/);
    for (const { version } of Object.values(PEERS)) assert.match(version, /^\d+\.\d+\.\d+$/);
  });

  it('goes by lock files in which each package has its hash, and no address', () => {
    for (const name of ['envoy', 'litellm']) {
      const lines = readFileSync(join(here, 'python', `${name}.txt`), 'utf8')
        .trimEnd()
        .split('\n');
      for (const line of lines.filter((text) => !text.startsWith('#'))) {
        assert.match(line, /^[\w.-]+(\[\w+\])?==[\w.]+( ; [^-]+)?( --hash=sha256:[0-9a-f]{64})+$/);
      }
    }
    const { packages } = JSON.parse(readFileSync(join(here, 'npm', 'package-lock.json'), 'utf8'));
    for (const [name, { integrity, resolved }] of Object.entries<Record<string, string>>(packages)) {
      assert.ok(name === '' || integrity?.startsWith('sha512-'), name);
      assert.equal(resolved, undefined);
    }
  });

  it('says why it did not work: the line with the error, without addresses', () => {
    const ended = { status: 1, stdout: '', stderr: '' };
    assert.equal(reasonOf(ended), 'it ended with code 1');
    assert.equal(
      reasonOf({ ...ended, stderr: 'Collecting a\nERROR: No matching distribution found for a==9\n\nbye\n' }),
      'it ended with code 1: ERROR: No matching distribution found for a==9',
    );
    assert.equal(
      reasonOf({ ...ended, stderr: 'npm error code E404\nnpm error 404 Not Found\n' }),
      'it ended with code 1: npm error code E404',
    );
    const error =
      'a/b@v1: reading https://proxy.test/a/@v/v1.info: 403 Forbidden\\n\\tserver response: not here.';
    assert.equal(
      reasonOf({ ...ended, stdout: `{\n\t"Error": "${error}"\n}` }),
      'it ended with code 1: a/b@v1: 403 Forbidden server response: not here',
    );
    const gone = Object.assign(new Error('spawnSync go ENOENT'), { code: 'ENOENT' });
    assert.equal(reasonOf({ ...ended, error: gone }), 'it could not be started (spawnSync go ENOENT)');
  });
});
