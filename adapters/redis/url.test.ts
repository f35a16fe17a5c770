import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { ConfigError } from '../config/config.ts';
import { clientOptions, settingsOf } from './config.ts';
import { redisPlace } from './url.ts';

const SECRET = 'hunter2';
const CA = { ca: 'PEM' };

describe("Redis' URL", () => {
  it('names a server, its user and password, and a database', () => {
    for (const [url, place] of [
      ['redis://redis', { server: { host: 'redis', port: 6379 } }],
      ['redis://10.0.0.1:7000/', { server: { host: '10.0.0.1', port: 7000 } }],
      ['redis://[fd00::1]:7000/2', { server: { host: 'fd00::1', port: 7000 }, db: 2 }],
      ['redis://:p@redis', { server: { host: 'redis', port: 6379 }, password: 'p' }],
      ['redis://u@redis', { server: { host: 'redis', port: 6379 }, username: 'u' }],
      [
        'redis://u%2F:p%40%25@redis',
        { server: { host: 'redis', port: 6379 }, username: 'u/', password: 'p@%' },
      ],
      [
        'rediss://u:p@redis:6380/0',
        { server: { host: 'redis', port: 6380 }, username: 'u', password: 'p', tls: {}, db: 0 },
      ],
    ] as const)
      assert.deepEqual(redisPlace(url), place, url);
  });

  it('names Sentinels, the primary that they know, and their own user', () => {
    const sentinels = [
      { host: 's-0.example', port: 26379 },
      { host: 's-1.example', port: 5000 },
    ];
    assert.deepEqual(redisPlace('redis+sentinel://u:p@s-0.example,s-1.example:5000/mymaster/3'), {
      ...{ username: 'u', password: 'p', db: 3 },
      server: { sentinels, name: 'mymaster' },
    });
    assert.deepEqual(
      redisPlace(
        'redis+sentinel://s-0.example,s-1.example:5000/my%20one?sentinel_username=w&sentinel_password=q%26',
      ),
      { server: { sentinels, name: 'my one', sentinelUsername: 'w', sentinelPassword: 'q&' } },
    );
  });

  it('with TLS means TLS everywhere, with the certificates that there are', () => {
    assert.deepEqual(redisPlace('rediss://redis', CA).tls, CA);
    const place = redisPlace('rediss+sentinel://s/name', CA);
    assert.deepEqual(place, {
      tls: CA,
      server: { sentinels: [{ host: 's', port: 26379 }], name: 'name', sentinelTls: CA },
    });
    const config = { ...place, minReplicas: 0 };
    const { tls, sentinelTLS, enableTLSForSentinelMode } = clientOptions(config, settingsOf(config));
    assert.deepEqual([tls, sentinelTLS, enableTLSForSentinelMode], [CA, CA, true]);
    // What Sentinels name is spoken to by TLS also where they themselves are not.
    const server = { sentinels: [{ host: 's', port: 1 }], name: 'name' };
    assert.equal(clientOptions({ ...config, server }, settingsOf(config)).enableTLSForSentinelMode, true);
  });

  it('without TLS is refused where there are certificates', () => {
    for (const url of ['redis://redis', 'redis+sentinel://s/name'])
      assert.throws(() => redisPlace(url, CA), /without TLS. Write rediss:\/\//);
  });

  it('that is mistaken is refused with what to write, and nothing of it is repeated', () => {
    for (const [url, says] of [
      [`redis:${SECRET}`, /has the form/],
      [`http://u:${SECRET}@redis`, /has the form/],
      [`redis://u:${SECRET}/x@redis`, /has the form/],
      [`redis://u:${SECRET}@x@redis`, /has the form/],
      [`redis://u:${SECRET}#x@redis`, /has the form/],
      [`redis://u:${SECRET}%@redis`, /write %25/],
      [`redis://${SECRET},other`, /several hosts/],
      [`redis://redis/${SECRET}`, /no number/],
      [`redis://redis/0/${SECRET}`, /more after its hosts/],
      [`redis://redis?${SECRET}=1`, /none is known/],
      [`redis://redis:99999/${SECRET}`, /a host that is none/],
      [`redis://re dis${SECRET}`, /a host that is none/],
      [`redis+sentinel://s?${SECRET}`, /no name of the primary/],
      [`redis+sentinel://s/name/0/${SECRET}`, /more after its hosts/],
      [`redis+sentinel://s/name?${SECRET}=1`, /sentinel_username and sentinel_password/],
    ] as const)
      assert.throws(
        () => redisPlace(url),
        (error) => {
          assert.ok(error instanceof ConfigError, url);
          assert.match(error.message, says, url);
          assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(SECRET), url);
          return true;
        },
      );
  });
});
