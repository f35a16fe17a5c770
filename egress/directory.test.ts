import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { POD } from '../adapters/tokens/testing-tokens.ts';
import { outputFolder } from '../test/support/output.ts';
import { DirectoryError, readDirectory } from './directory.ts';
import { FileDirectory } from './directory-file.ts';

const WORK = {
  ...POD,
  phase: 'work',
  network: { access: 'allowlist', hosts: ['*.example.com', 'git.example.com:8443'] },
};
const state = (change: object = {}, more: object = {}) => ({
  pods: [{ ...WORK, ...change }],
  providers: [{ host: 'api.example.com' }],
  ...more,
});

describe('what is said of pods', () => {
  it('is read as it is meant', () => {
    assert.deepEqual(readDirectory(state({ killed: 'enough', addresses: ['10.0.0.1'] }, { gone: ['x'] })), {
      pods: [
        {
          ...POD,
          addresses: ['10.0.0.1'],
          phase: 'work',
          network: {
            access: 'allowlist',
            hosts: [
              { host: 'example.com', below: true, port: 443 },
              { host: 'git.example.com', below: false, port: 8443 },
            ],
          },
          killed: 'enough',
        },
      ],
      gone: ['x'],
      providers: [{ host: 'api.example.com', port: 443, tls: true, privateAddresses: false }],
    });
  });

  it('is refused as a whole when a part of it is not understood', () => {
    for (const [value, says] of [
      [null, /the directory is no object/],
      [[], /the directory is no object/],
      [{ pods: [] }, /providers is no list/],
      [state({ uid: '' }), /pods\[0\]\.uid is no text/],
      [state({ phase: 'play' }), /pods\[0\]\.phase is none of setup, work, teardown/],
      [state({ network: {} }), /pods\[0\]\.network\.access is none of/],
      [
        state({ network: { access: 'allowlist', hosts: ['*'] } }),
        /pods\[0\]\.network\.hosts\[0\] is no host: "\*"/,
      ],
      [state({ killed: true }), /pods\[0\]\.killed is no text/],
      [state({ addresses: ['10.0.0'] }), /pods\[0\]\.addresses\[0\] is no address/],
      [state({ addresses: '10.0.0.1' }), /pods\[0\]\.addresses is no list/],
      [state({}, { providers: [{ host: '10.0.0.1' }] }), /providers\[0\]\.host is no full name/],
      [state({}, { providers: [{ host: 'a.b', port: '443' }] }), /providers\[0\]\.port/],
      [state({}, { providers: [{ host: 'a.b', tls: 'no' }] }), /true or false/],
      [state({}, { providers: [{ host: 'a.b', tls: false }] }), /private address of one's own/],
    ] as const)
      assert.throws(
        () => readDirectory(value),
        (error) => error instanceof DirectoryError && says.test(error.message),
        JSON.stringify(value),
      );
  });
});

describe('a directory in a file', () => {
  it('follows the file, tells of each change, and keeps the last good state while it grows stale', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1e12 });
    const path = join(outputFolder(t), 'directory.json');
    const errors: string[] = [];
    const write = (text: string) => {
      writeFileSync(`${path}.next`, text);
      renameSync(`${path}.next`, path);
      t.mock.timers.tick(200);
    };
    const directory = new FileDirectory(path, ({ message }) => errors.push(message));
    directory.start();
    assert.equal(directory.heardAt(), undefined);
    assert.equal(errors.length, 1);
    let changes = 0;
    directory.onChange(() => changes++);
    write(JSON.stringify(state()));
    assert.deepEqual([directory.pod(POD.uid)?.killed, changes, errors.length], [null, 1, 1]);
    t.mock.timers.tick(5_000);
    assert.equal(directory.heardAt(), Date.now());
    assert.equal(changes, 1);
    write(JSON.stringify(state({ killed: 'x' }, { gone: ['y'] })));
    assert.deepEqual([directory.pod(POD.uid)?.killed, directory.isGone('y'), changes], ['x', true, 2]);
    const heard = directory.heardAt();
    for (const spoil of [() => write('{"pods":'), () => rmSync(path)]) {
      spoil();
      t.mock.timers.tick(1_000);
      assert.deepEqual([directory.pod(POD.uid)?.killed, directory.heardAt(), changes], ['x', heard, 2]);
    }
    assert.equal(errors.length, 3);
    write(JSON.stringify(state({}, { pods: [] })));
    assert.deepEqual([directory.pod(POD.uid), changes], [undefined, 3]);
    await directory.stop();
  });
});
