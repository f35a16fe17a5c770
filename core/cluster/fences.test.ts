import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Fence, fenceSpec, type LabelSelector, widened, wideningsOf } from './fences.ts';

const LABELS = { app: 'triage', 'tollgate.dev/governed': 'true', 'tollgate.dev/network': 'narrow' };
const FENCES: Fence[] = [
  { metadata: { name: 'tollgate-narrow', namespace: 'a' }, spec: fenceSpec('narrow') },
  { metadata: { name: 'tollgate-wide', namespace: 'a' }, spec: fenceSpec('wide') },
];
const DNS = [{ ports: [{ protocol: 'UDP', port: 53 }] }];
const other = (
  podSelector: LabelSelector,
  spec: object = { policyTypes: ['Egress'], egress: DNS },
): Fence => ({
  metadata: { name: 'other', namespace: 'a' },
  spec: { podSelector, ...spec },
});

describe('the fence of a governed pod', () => {
  it('opens the gateway, by the door of the pod, and nothing else', () => {
    assert.deepEqual(fenceSpec('narrow').egress[0]?.ports, [{ protocol: 'TCP', port: 8443 }]);
    assert.deepEqual(fenceSpec('wide').egress[0]?.ports, [
      { protocol: 'TCP', port: 8443 },
      { protocol: 'TCP', port: 8444 },
    ]);
    for (const door of ['narrow', 'wide'] as const) {
      const { policyTypes, egress, podSelector } = fenceSpec(door);
      assert.deepEqual(policyTypes, ['Ingress', 'Egress']);
      assert.equal(egress.length, 1);
      assert.deepEqual(egress[0]?.to, [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'tollgate-system' } },
          podSelector: {
            matchLabels: { 'app.kubernetes.io/name': 'tollgate', 'app.kubernetes.io/component': 'gateway' },
          },
        },
      ]);
      assert.deepEqual(podSelector.matchLabels, {
        'tollgate.dev/governed': 'true',
        'tollgate.dev/network': door,
      });
    }
  });

  it('is as wide as it is meant when nobody else adds to it', () => {
    assert.equal(widened(LABELS, FENCES), undefined);
    assert.equal(widened({ ...LABELS, 'tollgate.dev/network': 'wide' }, FENCES), undefined);
  });

  it('is wider when another policy selects the pod and lets it out', () => {
    const wide: readonly LabelSelector[] = [
      {},
      { matchLabels: { app: 'triage' } },
      { matchExpressions: [{ key: 'app', operator: 'In', values: ['x', 'triage'] }] },
      { matchExpressions: [{ key: 'app', operator: 'Exists' }] },
      { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
      { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['x'] }] },
      { matchExpressions: [{ key: 'app', operator: 'SomethingNew', values: ['x'] }] },
    ];
    for (const selector of wide)
      assert.match(widened(LABELS, [...FENCES, other(selector)]) ?? '', /NetworkPolicy other selects it/);
    // Without policyTypes its rules say what it is for.
    assert.match(widened(LABELS, [...FENCES, other({}, { egress: [{}] })]) ?? '', /lets it out/);
  });

  it('is not wider by policies of other pods, of what comes in, or that only close', () => {
    const harmless: readonly Fence[] = [
      other({ matchLabels: { app: 'x' } }),
      other({ matchLabels: { app: 'triage', tier: 'x' } }),
      other({ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['triage'] }] }),
      other({ matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }),
      other({ matchExpressions: [{ key: 'tier', operator: 'In', values: ['triage'] }] }),
      other({}, { policyTypes: ['Ingress'], ingress: [{}] }),
      other({}, { policyTypes: ['Ingress'], egress: DNS }),
      other({}, { policyTypes: ['Egress'], egress: [] }),
      other({}, { policyTypes: ['Egress'] }),
    ];
    for (const policy of harmless) assert.equal(widened(LABELS, [...FENCES, policy]), undefined);
  });

  it('is not there when its policy is gone, was changed, or the pod does not say which it is', () => {
    assert.match(widened(LABELS, FENCES.slice(1)) ?? '', /tollgate-narrow is not there/);
    const spec = fenceSpec('narrow');
    const changed = (more: object): Fence[] => [
      { metadata: { name: 'tollgate-narrow' }, spec: { ...spec, ...more } },
    ];
    assert.match(widened(LABELS, changed({ egress: [{}] })) ?? '', /was changed/);
    assert.match(
      widened(
        LABELS,
        changed({ podSelector: { matchLabels: { ...spec.podSelector.matchLabels, x: '1' } } }),
      ) ?? '',
      /was changed/,
    );
    assert.match(widened({ app: 'triage' }, FENCES) ?? '', /is not narrow or wide/);
  });

  it('is named with every policy that makes it wider', () => {
    const more = { ...other({}), metadata: { name: 'more', namespace: 'a' } };
    const found = wideningsOf(LABELS, [...FENCES.slice(1), other({}), more]);
    assert.deepEqual(
      found.map(({ by }) => by?.metadata.name),
      [undefined, 'other', 'more'],
    );
    assert.match(found[0]?.why ?? '', /tollgate-narrow is not there/);
    assert.deepEqual(wideningsOf(LABELS, FENCES), []);
  });
});
