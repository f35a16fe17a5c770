import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClusterProfiles } from '../../adapters/cluster/profiles.ts';
import { clusterBuiltIn } from '../../core/policy/built-in.ts';
import { CLUSTER_CHOICE } from '../../core/policy/choose-profiles.ts';
import type { PolicyObject } from '../../core/policy/objects.ts';
import { SYSTEM_NAMESPACE } from '../../core/policy/snapshot.ts';
import { load, profile, trySnapshot } from '../../core/policy/testing.ts';
import fc from '../../core/testing-fast-check.ts';
import type { Phase } from './inject.ts';
import { profileFor } from './profile-for.ts';
import { POD_TIERS } from './tiers.ts';

const PHASES: readonly Phase[] = ['setup', 'work', 'teardown'];

function asked(...texts: string[]) {
  const profiles = new ClusterProfiles();
  profiles.replace(texts.map((text) => JSON.parse(text) as PolicyObject));
  return { profiles, ask: profileFor(profiles) };
}

describe('the profile of a pod that is created', () => {
  it('decides which port it gets and what its tier asks of it, phase by phase', () => {
    const { ask } = asked(
      profile(
        { tier: 'web_automation', network: { work: { access: 'local' } } },
        { name: 'mine', namespace: 'team-a' },
      ),
    );
    const tier = POD_TIERS.web_automation;
    assert.deepEqual(
      PHASES.map((phase) => ask('team-a', 'mine', phase)),
      [
        { network: 'wide', tier },
        { network: 'narrow', tier },
        { network: 'wide', tier },
      ],
    );
  });

  it('is locked where nobody has said anything: at work such a pod reaches nothing', () => {
    const { ask } = asked();
    assert.deepEqual(ask('team-a', undefined, 'work'), { network: 'narrow', tier: POD_TIERS.locked });
    assert.deepEqual(ask('team-a', undefined, 'setup'), { network: 'wide', tier: POD_TIERS.locked });
  });

  it('may be one of Tollgate’s own, and has to be one that there is', () => {
    const { ask } = asked(
      profile({ tier: 'full_vm_tools' }, { name: 'house', namespace: SYSTEM_NAMESPACE }),
      profile({}, { name: 'theirs', namespace: 'team-b' }),
    );
    assert.deepEqual(ask('team-a', 'house', 'work'), { network: 'wide', tier: POD_TIERS.full_vm_tools });
    assert.deepEqual(ask('team-a', 'theirs', 'work'), {
      problem: 'there is no ToolProfile theirs (namespace team-a)',
    });
  });

  it('lets no new pod in by a last good answer', () => {
    const { profiles, ask } = asked(profile({}, { name: 'a', namespace: 'team-a' }));
    assert.ok(!('problem' in ask('team-a', 'a', 'work')));
    profiles.replace([]);
    assert.ok('problem' in ask('team-a', 'a', 'work'));
    assert.ok(profiles.of('team-a', 'a').rules, 'for pods that are there it stays');
  });

  it('comes to the tier and the network of the snapshot, whatever the manifests', () => {
    const network = fc.option(
      fc.record(
        {
          access: fc.constantFrom('full', 'allowlist', 'local'),
          hosts: fc.uniqueArray(fc.constantFrom('a.example', '*.example.com', 'b.example:8443'), {
            maxLength: 3,
          }),
        },
        { requiredKeys: [] },
      ),
      { nil: undefined },
    );
    const spec = fc.record(
      {
        tier: fc.constantFrom('locked', 'web_automation', 'full_vm_tools'),
        enforce: fc.boolean(),
        network: fc.record({ setup: network, work: network, teardown: network }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    );
    const name = fc.constantFrom('default', 'a', 'b');
    const metadata = fc.record({ name, namespace: fc.constantFrom('team-a', 'team-b', SYSTEM_NAMESPACE) });
    const manifests = fc.uniqueArray(fc.tuple(metadata, spec), {
      maxLength: 6,
      selector: ([{ name: one, namespace }]) => `${namespace}/${one}`,
    });
    const seen = { answers: 0, problems: 0 };
    fc.assert(
      fc.property(manifests, fc.option(name, { nil: undefined }), (made, wanted) => {
        const texts = made.map(([given, one]) => profile(one, given));
        const { profiles, ask } = asked(...texts);
        const snapshot = trySnapshot([], {
          manifests: load(...texts),
          builtIn: clusterBuiltIn(),
          workload: { namespace: 'team-a', name: 'deployment/x', labels: {} },
          ...CLUSTER_CHOICE,
          ...(wanted === undefined ? {} : { profile: wanted }),
        });
        for (const phase of PHASES) {
          const answer = ask('team-a', wanted, phase);
          if ('error' in snapshot) {
            assert.deepEqual(answer, { problem: `${snapshot.error} (namespace team-a)` });
            seen.problems++;
            continue;
          }
          assert.deepEqual(answer, {
            network: snapshot.network[phase].access === 'local' ? 'narrow' : 'wide',
            tier: POD_TIERS[snapshot.tier],
          });
          assert.deepEqual(profiles.of('team-a', wanted).rules?.network, snapshot.network);
          seen.answers++;
        }
      }),
      { numRuns: 500 },
    );
    assert.ok(seen.answers > 300 && seen.problems > 100, JSON.stringify(seen));
  });
});
