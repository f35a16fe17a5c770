import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { outputFolder } from '../../test/support/output.ts';
import { RENEWED, RSA, SELF_SIGNED, writePair } from '../../test/support/tls.ts';
import { readTls, type TlsDemands, type TlsError, TlsWatch } from './files.ts';

const FLAGS: TlsDemands = { names: { cert: '--tls-cert', key: '--tls-key' } };
const fingerprintOf = (cert: string | Buffer) => new X509Certificate(cert).fingerprint256;

describe('the files of a certificate', () => {
  it('are refused with what is wrong with them', (t) => {
    const folder = outputFolder(t);
    const good = writePair(folder, SELF_SIGNED);
    const other = writePair(join(folder, 'other'), RENEWED);
    for (const [paths, says] of [
      [{ ...good, cert: join(folder, 'none') }, /^--tls-cert: .*none can't be read \(ENOENT\)/],
      [{ ...good, key: folder }, /^--tls-key: .* can't be read \(EISDIR\)/],
      [{ ...good, key: other.key }, /can't be used for TLS \(.*mismatch.*give a certificate and its own key/],
      [{ cert: good.key, key: good.key }, /can't be used for TLS/],
    ] as const) {
      assert.throws(
        () => readTls(paths, FLAGS),
        (error: TlsError) => error.name === 'TlsError' && says.test(error.message),
      );
    }
    assert.throws(() => readTls({ ...good, key: folder }), /^TlsError: \/.* can't be read \(EISDIR\)$/);
  });

  it('may have to be ECDSA', (t) => {
    const paths = writePair(outputFolder(t), RSA);
    assert.equal(readTls(paths).cert.toString(), RSA.cert);
    assert.throws(() => readTls(paths, { onlyEcdsa: true }), /the key is rsa, not ECDSA/);
    assert.ok(readTls(writePair(outputFolder(t), SELF_SIGNED), { onlyEcdsa: true }));
  });

  it('are not read while only one half of a new pair is there, but once both have rested', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const paths = writePair(outputFolder(t), SELF_SIGNED);
    const said: string[] = [];
    const watch = new TlsWatch(paths, {
      changed: ({ cert }) => said.push(fingerprintOf(cert)),
      failed: ({ message }) => said.push(message),
    });
    assert.equal(fingerprintOf(watch.first.cert), fingerprintOf(SELF_SIGNED.cert));
    watch.start(100);
    writeFileSync(paths.cert, RENEWED.cert);
    t.mock.timers.tick(100);
    writeFileSync(paths.key, RENEWED.key);
    t.mock.timers.tick(100);
    assert.deepEqual(said, []);
    t.mock.timers.tick(300);
    assert.deepEqual(said, [fingerprintOf(RENEWED.cert)]);
    rmSync(paths.key);
    t.mock.timers.tick(300);
    assert.equal(said.length, 2);
    assert.match(said[1] ?? '', /tls\.key can't be read \(ENOENT\)/);
    watch.stop();
    writePair(join(paths.cert, '..'), SELF_SIGNED);
    t.mock.timers.tick(300);
    assert.equal(said.length, 2);
  });
});
