import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSecret, signatureHeaders } from './signature.ts';

describe('a signature', () => {
  it('is that of the specification’s own example', () => {
    const secret = readSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw') as Buffer;
    const at = 1_614_265_330_999;
    assert.deepEqual(signatureHeaders(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', at, '{"test": 2432232314}'), {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });
});

describe('a signing secret', () => {
  const base64 = (bytes: number) => Buffer.alloc(bytes, 7).toString('base64');

  it('is 24 to 64 bytes in base64, with or without its prefix', () => {
    for (const bytes of [24, 32, 64]) {
      assert.deepEqual(readSecret(base64(bytes)), Buffer.alloc(bytes, 7));
      assert.deepEqual(readSecret(` whsec_${base64(bytes)}\n`), Buffer.alloc(bytes, 7));
    }
  });

  it('is nothing else: not too short, too long, or a text that only looks a little like it', () => {
    const others = [
      '',
      'whsec_',
      base64(23),
      base64(65),
      'correct horse battery staple, and more',
      `${base64(32)}!`,
    ];
    for (const text of others) assert.equal(readSecret(text), undefined, text);
  });
});
