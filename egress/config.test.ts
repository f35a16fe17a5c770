import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stringify } from 'yaml';
import type { ConfigError } from '../adapters/config/config.ts';
import { readConfig } from './config.ts';
import { DEFAULT_LIMITS } from './limits.ts';

const GOOD = {
  listen: { narrow: 8443, wide: 8444, canary: 8445, telemetry: 9090 },
  tls: { cert: '/tls/tls.crt', key: '/tls/tls.key' },
  tokens: { issuer: 'https://kubernetes.default.svc', jwks: { file: '/jwks.json' } },
  control: { host: 'Control.tollgate.svc', port: 8443 },
  directory: { file: '/directory.json' },
  clusterRanges: ['10.244.0.0/16', 'fd00::/8'],
};

const read = (change: object) => readConfig(stringify({ ...GOOD, ...change }));

describe('the configuration of the egress gateway', () => {
  it('has defaults for all that may be left out', () => {
    const config = read({});
    assert.equal(config.listen.address, '::');
    assert.deepEqual(config.control, {
      host: 'control.tollgate.svc',
      port: 8443,
      tls: true,
      privateAddresses: true,
    });
    assert.deepEqual(config.limits, DEFAULT_LIMITS);
    assert.deepEqual(
      [config.encryptedHello, config.graceMs, config.directory.staleMs, config.nameServers],
      ['refuse', 25_000, 600_000, []],
    );
    assert.deepEqual(readConfig(JSON.stringify(GOOD)), config);
  });

  it('takes limits one by one, and null for no cap of bytes', () => {
    const { limits } = read({
      limits: { helloMs: 100, purposes: { agent: { bytesPerPod: null, tunnelsPerPod: 3 } } },
    });
    assert.equal(limits.helloMs, 100);
    assert.equal(limits.headerMs, DEFAULT_LIMITS.headerMs);
    assert.deepEqual(limits.purposes.agent, {
      ...DEFAULT_LIMITS.purposes.agent,
      bytesPerPod: Number.POSITIVE_INFINITY,
      tunnelsPerPod: 3,
    });
    assert.deepEqual(limits.purposes.provider, DEFAULT_LIMITS.purposes.provider);
  });

  it('takes pods from a file or from the API server, and from one of them', () => {
    assert.deepEqual(read({}).directory, { file: '/directory.json', staleMs: 600_000 });
    assert.deepEqual(read({ directory: { apiServer: {}, staleMs: 180_000 } }).directory, {
      apiServer: {},
      staleMs: 180_000,
    });
    for (const [directory, says] of [
      [{}, /^directory takes either file or apiServer$/],
      [{ file: '/x', apiServer: {} }, /^directory takes either file or apiServer$/],
      [{ apiServer: null }, /^directory\.apiServer has to be an object$/],
      [{ apiServer: { url: 'x' } }, /^directory\.apiServer\.url is not known/],
      [{ apiServer: {}, staleMs: 60_000 }, /^directory\.staleMs is at least 180000 with apiServer/],
      [{ file: '' }, /^directory\.file is missing/],
    ] as const)
      assert.throws(
        () => read({ directory }),
        ({ message }: ConfigError) => says.test(message),
      );
  });

  it('takes keys from the API server, with its CA', () => {
    const jwks = { url: 'https://kubernetes.default.svc/openid/v1/jwks', ca: '/ca.crt' };
    assert.deepEqual(read({ tokens: { issuer: 'x', jwks } }).tokens.jwks, { ...jwks, tokenFile: undefined });
  });

  it('is refused with a sentence that names the place, also where something is misspelt', () => {
    const listen = GOOD.listen;
    for (const [change, says] of [
      [{ limit: {} }, /^limit is not known; there is listen, /],
      [{ limits: { bytesPerPod: 5 } }, /^limits\.bytesPerPod is not known/],
      [
        { limits: { purposes: { agents: {} } } },
        /^limits\.purposes\.agents is not known; there is control, provider, agent$/,
      ],
      [{ limits: { purposes: { agent: { bytes: 5 } } } }, /^limits\.purposes\.agent\.bytes is not known/],
      [{ limits: { helloMs: '5s' } }, /^limits\.helloMs is missing or no whole number/],
      [{ limits: { helloMs: null } }, /^limits\.helloMs/],
      [{ limits: { purposes: { agent: { idleMs: null } } } }, /^limits\.purposes\.agent\.idleMs/],
      [{ limits: { purposes: { agent: { tunnelsPerPod: -1 } } } }, /^limits\.purposes\.agent\.tunnelsPerPod/],
      [{ clusterRanges: [] }, /^clusterRanges has to name/],
      [{ clusterRanges: undefined }, /^clusterRanges is missing/],
      [{ clusterRanges: ['10.244.0.0'] }, /^clusterRanges: "10\.244\.0\.0" is no range/],
      [{ listen: { ...listen, canary: undefined } }, /^listen\.canary is missing/],
      [{ listen: { ...listen, wide: 70_000 } }, /^listen\.wide .*65535$/],
      [{ listen: { ...listen, address: 'localhost' } }, /^listen\.address is no address/],
      [{ control: { host: '10.0.0.1', port: 443 } }, /^control\.host is no full name/],
      [{ control: { host: 'a.b', tls: false } }, /^control\.tls is not known/],
      [{ encryptedHello: 'maybe' }, /^encryptedHello is refuse or pass/],
      [{ tokens: { issuer: '', jwks: { file: 'x' } } }, /^tokens\.issuer/],
      [{ tokens: { issuer: 'x', jwks: { url: 'http://x/jwks', ca: 'x' } } }, /an https URL/],
      [{ tokens: { issuer: 'x', jwks: { url: 'https://x/jwks' } } }, /^tokens\.jwks\.ca/],
      [{ tls: { cert: 'x' } }, /^tls\.key is missing/],
      [{ directory: [] }, /^directory has to be an object/],
    ] as const)
      assert.throws(
        () => read(change),
        (error: ConfigError) => error.name === 'ConfigError' && says.test(error.message),
        JSON.stringify(change),
      );
    assert.throws(() => readConfig('a: [b'), /neither YAML nor JSON/);
    assert.throws(() => readConfig(''), /the file has to be an object/);
  });
});
