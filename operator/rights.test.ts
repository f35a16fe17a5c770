/** The operator's rights beside what it does: a right that nothing uses is one that only an attacker would. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { V1PolicyRule } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';

const ROOT = join(import.meta.dirname, '..');
const READ = 'list watch';

/** What it does, by the resource: requests of the code, or what the API server asks of whoever makes them. */
const USED: Readonly<Record<string, string>> = {
  // Reflectors of stores.ts, certificates/ and runner/stores.ts.
  namespaces: READ,
  budgetpolicies: READ,
  toolprofiles: READ,
  providers: READ,
  // runner/: what it makes and deletes, and looks for live (gather.ts).
  pods: `${READ} delete`,
  jobs: `get ${READ} create delete`,
  deployments: `get ${READ} create patch delete`,
  persistentvolumeclaims: `get ${READ} create patch delete`,
  agentrunners: `get ${READ} patch delete`,
  'agentrunners/status': 'patch',
  // Asked of whoever makes objects whose owner it blocks (OwnerReferencesPermissionEnforcement).
  'agentrunners/finalizers': 'update',
  // runner/gather.ts reads those of v1; adapters/kube/events.ts writes those of events.k8s.io.
  events: 'list create patch',
  // network/: fences are applied and replaced; owners of pods are asked for.
  networkpolicies: `get ${READ} create patch update`,
  replicasets: 'get',
  statefulsets: 'get',
  daemonsets: 'get',
  cronjobs: 'get',
  // certificates/ and credentials/
  secrets: `get ${READ} patch`,
  configmaps: `${READ} create patch`,
  mutatingwebhookconfigurations: `${READ} patch`,
  roles: `${READ} patch escalate`,
  // installation.ts, and adapters/kube/lease.ts
  services: 'get',
  leases: 'get create update',
};

function granted(): Map<string, Set<string>> {
  const template = readFileSync(join(ROOT, 'charts/tollgate/templates/operator/rights.yaml'), 'utf8');
  const plain = template.replace(/^.*\{\{.*$/gm, '');
  const found = new Map<string, Set<string>>();
  for (const document of parseAllDocuments(plain)) {
    const { rules = [] } = (document.toJS() ?? {}) as { rules?: V1PolicyRule[] };
    for (const { resources = [], verbs } of rules)
      for (const resource of resources) {
        const before = found.get(resource) ?? new Set<string>();
        found.set(resource, new Set([...before, ...verbs]));
      }
  }
  return found;
}

describe("the operator's rights", () => {
  it('are those that it uses, and no more', () => {
    const is = Object.fromEntries(
      [...granted()].map(([resource, verbs]) => [resource, [...verbs].toSorted()]),
    );
    const wanted = Object.entries(USED).map(([resource, verbs]) => [resource, verbs.split(' ').toSorted()]);
    assert.deepEqual(is, Object.fromEntries(wanted));
  });

  it('are for kinds that its code knows', () => {
    const files = globSync(['operator/**/*.ts', 'adapters/{kube,cluster}/*.ts'], { cwd: ROOT });
    const code = files
      .filter((file) => !/test|uninstall/.test(file))
      .map((file) => readFileSync(join(ROOT, file), 'utf8'))
      .join('\n');
    for (const resource of granted().keys()) {
      const [plural = ''] = resource.split('/');
      assert.ok(code.includes(`'${plural}'`), plural);
    }
  });
});
