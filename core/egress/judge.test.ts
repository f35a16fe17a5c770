import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from '../testing-fast-check.ts';
import { readRule } from './host.ts';
import { ACCESS, type Ask, judge, PHASES, type Place, type PodRights } from './judge.ts';
import { PURPOSES } from './names.ts';
import { egressSentence } from './refusals.ts';

const place = (host: string, more: Partial<Place> = {}): Place => ({
  host,
  port: 443,
  tls: true,
  privateAddresses: false,
  ...more,
});
const places = {
  control: place('control.tollgate.svc', { port: 8443, privateAddresses: true }),
  providers: [
    place('api.anthropic.com'),
    place('llm.corp.example', { port: 8000, tls: false, privateAddresses: true }),
  ],
};

function pod(
  access: PodRights['network']['access'],
  hosts: string[] = [],
  more: Partial<PodRights> = {},
): PodRights {
  const rules = hosts.flatMap((text) => readRule(text) ?? []);
  return { phase: 'work', network: { access, hosts: rules }, killed: null, ...more };
}

function verdict(
  ask: Partial<Ask>,
  rights: PodRights = pod('allowlist', ['packages.example', '*.mirror.example', 'git.corp.example:8443']),
) {
  const whole: Ask = { purpose: 'agent', door: 'wide', host: 'packages.example', port: 443, ...ask };
  const judged = judge(whole, rights, places);
  return 'refusal' in judged ? judged.refusal.code : judged.opens;
}

const STRICT = { tls: true, privateAddresses: false };

describe('a tunnel for control', () => {
  it('opens control on either port, also to a private address, and nothing else', () => {
    const ask = { purpose: 'control', host: 'control.tollgate.svc', port: 8443 } as const;
    for (const door of ['narrow', 'wide'] as const)
      assert.deepEqual(verdict({ ...ask, door }), { tls: true, privateAddresses: true });
    assert.equal(verdict({ ...ask, port: 443 }), 'not_control');
    assert.equal(verdict({ ...ask, host: 'packages.example', port: 443 }), 'not_control');
    assert.equal(verdict({ ...ask, host: 'api.anthropic.com', port: 443 }), 'not_control');
  });

  it('stays open to a pod that was killed: it has to settle, record and hear of it', () => {
    const killed = pod('full', [], { killed: 'too dear' });
    assert.deepEqual(verdict({ purpose: 'control', host: 'control.tollgate.svc', port: 8443 }, killed), {
      tls: true,
      privateAddresses: true,
    });
    assert.equal(verdict({ purpose: 'provider', host: 'api.anthropic.com' }, killed), 'pod_killed');
    assert.equal(verdict({}, killed), 'pod_killed');
  });
});

describe('a tunnel for a provider', () => {
  it('opens the hosts of Providers as their manifests say, on either port and in every phase', () => {
    for (const access of ACCESS)
      for (const door of ['narrow', 'wide'] as const) {
        const ask = { purpose: 'provider', door } as const;
        assert.deepEqual(verdict({ ...ask, host: 'api.anthropic.com' }, pod(access)), STRICT);
        assert.deepEqual(verdict({ ...ask, host: 'llm.corp.example', port: 8000 }, pod(access)), {
          tls: false,
          privateAddresses: true,
        });
      }
  });

  it('opens no other host, nor another port', () => {
    for (const [host, port] of [
      ['packages.example', 443],
      ['control.tollgate.svc', 8443],
      ['api.anthropic.com', 8000],
      ['x.api.anthropic.com', 443],
      ['llm.corp.example', 443],
    ] as const)
      assert.equal(verdict({ purpose: 'provider', host, port }), 'not_a_provider', host);
  });
});

describe("an agent's own tunnel", () => {
  it('opens what its list names, with TLS and on a public address', () => {
    assert.deepEqual(verdict({}), STRICT);
    assert.deepEqual(verdict({ host: 'a.mirror.example' }), STRICT);
    assert.deepEqual(verdict({ host: 'git.corp.example', port: 8443 }), STRICT);
    assert.equal(verdict({ host: 'evil.example' }), 'host_not_allowed');
    assert.equal(verdict({ host: 'mirror.example' }), 'host_not_allowed');
    assert.equal(verdict({ port: 22 }), 'port_not_allowed');
    assert.equal(verdict({ host: 'git.corp.example' }), 'port_not_allowed');
  });

  it('opens any host under full, on 443 and on listed ports', () => {
    const full = pod('full', ['git.corp.example:8443']);
    assert.deepEqual(verdict({ host: 'evil.example' }, full), STRICT);
    assert.deepEqual(verdict({ host: 'git.corp.example', port: 8443 }, full), STRICT);
    assert.equal(verdict({ host: 'evil.example', port: 22 }, full), 'port_not_allowed');
  });

  it('opens nothing under local, whatever is listed', () => {
    assert.equal(verdict({}, pod('local', ['packages.example'])), 'phase_local');
  });

  it('opens nothing on the narrow port', () => {
    for (const access of ACCESS)
      assert.equal(verdict({ door: 'narrow' }, pod(access, ['packages.example'])), 'narrow_door');
  });

  it('opens what only a profile that records would close, and says so', () => {
    const rights = pod('full', ['git.corp.example:8443'], {
      network: {
        ...pod('full', ['git.corp.example:8443']).network,
        ifEnforced: pod('allowlist', ['packages.example']).network,
      },
    });
    assert.deepEqual(verdict({}, rights), STRICT);
    assert.deepEqual(verdict({ host: 'any.example' }, rights), {
      ...STRICT,
      wouldRefuse: 'host_not_allowed',
    });
    assert.deepEqual(verdict({ host: 'git.corp.example', port: 8443 }, rights), {
      ...STRICT,
      wouldRefuse: 'host_not_allowed',
    });
    // What the network itself closes stays closed, whatever nobody enforces.
    assert.equal(verdict({ host: 'any.example', port: 22 }, rights), 'port_not_allowed');
    assert.equal(verdict({ host: 'api.anthropic.com' }, rights), 'provider_host');
    assert.equal(verdict({ door: 'narrow' }, rights), 'narrow_door');
  });

  it("never opens a provider's host or control, in any tier, on any port, listed or not", () => {
    for (const access of ACCESS)
      for (const door of ['narrow', 'wide'] as const) {
        const rights = pod(access, [
          'api.anthropic.com',
          '*.anthropic.com',
          'api.anthropic.com:8443',
          'llm.corp.example:8000',
          'control.tollgate.svc:8443',
        ]);
        for (const port of [443, 8443, 8000]) {
          assert.equal(verdict({ door, host: 'api.anthropic.com', port }, rights), 'provider_host');
          assert.equal(verdict({ door, host: 'llm.corp.example', port }, rights), 'provider_host');
          assert.equal(verdict({ door, host: 'control.tollgate.svc', port }, rights), 'control_host');
        }
      }
  });
});

describe('the judge', () => {
  it('opens nothing by accident: all that it opens is what the four rules say', () => {
    const hosts = [
      'api.anthropic.com',
      'llm.corp.example',
      'control.tollgate.svc',
      'packages.example',
      'x.mirror.example',
      'mirror.example',
      'other.example',
    ];
    const anything = fc.record({
      purpose: fc.constantFrom(...PURPOSES),
      door: fc.constantFrom('narrow' as const, 'wide' as const),
      host: fc.constantFrom(...hosts),
      port: fc.constantFrom(443, 8443, 8000, 22),
      access: fc.constantFrom(...ACCESS),
      phase: fc.constantFrom(...PHASES),
      listed: fc.subarray([
        'packages.example',
        '*.mirror.example',
        'packages.example:8443',
        '*.anthropic.com',
        'control.tollgate.svc:8443',
      ]),
      killed: fc.constantFrom(null, 'why'),
    });
    fc.assert(
      fc.property(anything, ({ access, phase, listed, killed, ...ask }) => {
        const opens = typeof verdict(ask, pod(access, listed, { phase, killed })) === 'object';
        const at = `${ask.host}:${ask.port}`;
        const onList =
          (listed.includes('packages.example') && at === 'packages.example:443') ||
          (listed.includes('packages.example:8443') && at === 'packages.example:8443') ||
          (listed.includes('*.mirror.example') && at === 'x.mirror.example:443');
        const ownHost = !['api.anthropic.com', 'llm.corp.example', 'control.tollgate.svc'].includes(ask.host);
        const expected = {
          control: at === 'control.tollgate.svc:8443',
          provider: killed === null && ['api.anthropic.com:443', 'llm.corp.example:8000'].includes(at),
          agent:
            killed === null &&
            ask.door === 'wide' &&
            ownHost &&
            ((access !== 'local' && onList) || (access === 'full' && ask.port === 443)),
        };
        assert.equal(opens, expected[ask.purpose]);
      }),
      { numRuns: 5_000 },
    );
  });

  it('says in words what happened and what to do', () => {
    const judged = judge(
      { purpose: 'agent', door: 'wide', host: 'a.example', port: 443 },
      pod('allowlist'),
      places,
    );
    assert.ok('refusal' in judged);
    assert.equal(
      egressSentence(judged.refusal),
      'a.example is not listed. Add it to spec.network.work.hosts of the ToolProfile if it is meant.',
    );
  });
});
