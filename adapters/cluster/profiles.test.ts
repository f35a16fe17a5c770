import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PolicyObject } from '../../core/policy/objects.ts';
import { profile, provider } from '../../core/policy/testing.ts';
import { ClusterProfiles } from './profiles.ts';
import { providerPlaces } from './providers.ts';

const object = (text: string): PolicyObject => JSON.parse(text);
const named = (name: string, spec: object = {}, namespace = 'team-a') =>
  object(profile({ tier: 'full_vm_tools', ...spec }, { name, namespace }));
const work = (access: string, hosts: string[] = []) => ({ network: { work: { access, hosts } } });

function cluster(...objects: PolicyObject[]): ClusterProfiles {
  const profiles = new ClusterProfiles();
  profiles.replace(objects);
  return profiles;
}

describe('profiles of a cluster', () => {
  it('say what pods of a namespace may, by the name that the pod gives', () => {
    const profiles = cluster(
      named('default', work('local')),
      named('wide', work('full')),
      named('x', {}, 'team-b'),
    );
    const access = (namespace: string, name?: string) =>
      profiles.of(namespace, name).rules?.network.work.access;
    assert.deepEqual(
      [access('team-a'), access('team-a', 'wide'), access('team-b'), access('team-c')],
      ['local', 'full', 'local', 'local'],
      'the only one of a namespace is not its default',
    );
    assert.equal(access('team-b', 'x'), 'allowlist');
    assert.equal(profiles.of('team-c', undefined).rules?.tier, 'locked');
  });

  it('are told with a sentence where there is none of that name', () => {
    const profiles = cluster(named('a'), named('b'));
    assert.deepEqual(profiles.of('team-a', 'c'), {
      rules: undefined,
      problem: 'there is no ToolProfile c (there are a, b) (namespace team-a)',
    });
    assert.equal(
      profiles.of('team-a', undefined).rules?.tier,
      'locked',
      'who names none gets what is shipped',
    );
  });

  it('keep the last good answer beside the reason, and are asked anew when they change', () => {
    const profiles = cluster(named('a', work('full')));
    assert.equal(profiles.of('team-a', 'a').problem, undefined);
    assert.equal(profiles.of('team-a', 'a'), profiles.of('team-a', 'a'), 'made twice');
    for (const objects of [[], [named('a', { tier: 'of another release' })]]) {
      profiles.replace(objects);
      const { rules, problem } = profiles.of('team-a', 'a');
      assert.equal(rules?.network.work.access, 'full');
      assert.match(problem ?? '', /no ToolProfile a|ToolProfile team-a\/a/);
    }
    // What this release does not understand may be a prohibition, for all whom it reaches.
    profiles.replace([named('ok'), named('house', { tier: 'new' }, 'tollgate-system')]);
    assert.match(profiles.of('team-a', 'ok').problem ?? '', /tollgate-system\/house/);
    profiles.replace([named('a', work('local'))]);
    assert.deepEqual(profiles.of('team-a', 'a').rules?.network.work.access, 'local');
  });

  it('read a profile once, however many pods and namespaces ask', () => {
    let reads = 0;
    const house = new Proxy(named('house', {}, 'tollgate-system'), {
      get(target, name, receiver) {
        if (name === 'spec') reads++;
        return Reflect.get(target, name, receiver);
      },
    });
    const profiles = cluster(house);
    for (let n = 0; n < 50; n++) profiles.of(`team-${n}`, undefined);
    profiles.replace([house, named('new')]);
    profiles.of('team-a', 'new');
    assert.equal(reads, 1);
  });
});

describe('hosts of Providers', () => {
  const at = (name: string, spec: object) => object(provider(spec, { name }));

  it('are by name and port, with TLS and private addresses as the manifests say', () => {
    const { places, problems } = providerPlaces(
      [
        at('a', { url: 'https://API.Example.com/openai/v1' }),
        at('b', { url: 'https://gateway.example:8443', privateAddresses: true }),
        at('c', { url: 'http://llm.corp.example', privateAddresses: true }),
        named('no-provider'),
      ],
      [],
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(places, [
      { host: 'api.example.com', port: 443, tls: true, privateAddresses: false },
      { host: 'gateway.example', port: 8443, tls: true, privateAddresses: true },
      { host: 'llm.corp.example', port: 80, tls: false, privateAddresses: true },
    ]);
  });

  it('are told of where the gateway can not open them', () => {
    const { places, problems } = providerPlaces(
      [at('a', { url: 'https://10.0.0.7:8443', privateAddresses: true })],
      [],
    );
    assert.deepEqual(places, []);
    assert.match(problems.join(), /^Provider a is at 10\.0\.0\.7, which is no full name of a host/);
  });

  it('stay closed to agents where this release does not understand the Provider', () => {
    const { places, problems } = providerPlaces(
      [
        at('a', { url: 'https://new.example', wires: ['of another release'] }),
        at('b', { url: 'http://new.example' }),
        at('c', { url: 'nonsense' }),
        { ...at('d', {}), spec: null },
      ],
      [],
    );
    assert.deepEqual(places, [{ host: 'new.example', port: 443, tls: true, privateAddresses: false }]);
    for (const name of ['a', 'b', 'c', 'd'])
      assert.ok(
        problems.some((problem) => problem.includes(`Provider ${name}`)),
        name,
      );
  });
});
