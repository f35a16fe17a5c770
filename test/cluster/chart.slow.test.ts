/** What the chart makes of values, by helm itself, without a cluster. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { MINIMAL_RIGHTS } from '../../adapters/redis/config.ts';
import { root } from '../../scripts/test-files.ts';
import { binary } from './binaries.ts';
import { attempt } from './commands.ts';

const CHART = join(root, 'charts/tollgate');

interface Template {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly priorityClassName?: string;
    readonly tolerations?: readonly object[];
    readonly containers: readonly Readonly<Record<string, unknown>>[];
    readonly volumes?: readonly { readonly name: string; readonly projected?: object }[];
  };
}

interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: Template;
    readonly minReplicas?: number;
    readonly maxReplicas?: number;
  };
}

let helm = '';
before(async () => {
  helm = await binary('helm');
});

/** @throws Error with what helm said */
async function render(values: object, namespace = 'tollgate-system'): Promise<readonly Rendered[]> {
  const args = ['template', 'tollgate', CHART, '-n', namespace, '-f', '-'];
  const { code, stdout, stderr } = await attempt([helm, ...args], { input: JSON.stringify(values) });
  if (code !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout).flatMap((document) => (document.toJS() as Rendered | null) ?? []);
}

const named = (objects: readonly Rendered[], kind: string) =>
  objects.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name);

const PARTS = ['tollgate-control', 'tollgate-gateway', 'tollgate-operator'];
/** What others say of their form: Kubernetes, or whoever labels. */
const FREE = /(^|\.)(resources|nodeSelector|affinity|tolerations|extraLabels|global)($|\.)/;

describe('values of the chart', { timeout: 1_500_000 }, () => {
  it('are refused where they are not known, at every level', async () => {
    const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Record<string, unknown>;
    const paths: string[][] = [[]];
    for (const path of paths) {
      const here = path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], values);
      for (const [key, value] of Object.entries(here as object))
        if (typeof value === 'object' && value !== null && !Array.isArray(value)) paths.push([...path, key]);
    }
    const closed = paths.filter((path) => !FREE.test(path.join('.')));
    assert.ok(closed.length > 10, String(closed.length));
    for (const path of closed) {
      const wrong = [...path, 'nope'].reduceRight<unknown>((value, key) => ({ [key]: value }), 1);
      await assert.rejects(
        render(wrong as object),
        /additional properties 'nope' not allowed/,
        path.join('.'),
      );
    }
  });

  it('put labels on everything but CRDs, which outlive the release', async () => {
    const objects = await render({ extraLabels: { team: 'platform' } });
    for (const { kind, metadata, spec } of objects) {
      if (kind === 'CustomResourceDefinition') continue;
      assert.equal(metadata.labels?.team, 'platform', `${kind} ${metadata.name}`);
      if (spec?.template !== undefined)
        assert.equal(spec.template.metadata?.labels?.team, 'platform', `${kind} ${metadata.name}`);
    }
    assert.ok(objects.length > 40);
  });

  it('schedule the parts, which have probes and a PodDisruptionBudget each', async () => {
    const tolerations = [{ key: 'infra', operator: 'Exists' }];
    const objects = await render(
      Object.fromEntries(['control', 'gateway', 'operator'].map((p) => [p, { tolerations }])),
    );
    assert.deepEqual(named(objects, 'PodDisruptionBudget').sort(), PARTS);
    const deployments = objects.filter(({ kind }) => kind === 'Deployment');
    assert.deepEqual(deployments.map(({ metadata }) => metadata.name).sort(), PARTS);
    for (const { spec } of deployments) {
      const { priorityClassName, containers, ...pod } = spec?.template?.spec ?? { containers: [] };
      assert.equal(priorityClassName, 'tollgate');
      assert.deepEqual(pod.tolerations, tolerations);
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
        assert.ok(containers[0]?.[probe], probe);
    }
  });

  it('scale gateway and operator by HorizontalPodAutoscalers, which helm does not contradict', async () => {
    const autoscaling = { enabled: true, maxReplicas: 1 };
    const objects = await render({ gateway: { replicas: 3, autoscaling }, operator: { autoscaling } });
    assert.deepEqual(named(objects, 'HorizontalPodAutoscaler').sort(), [
      'tollgate-gateway',
      'tollgate-operator',
    ]);
    const [gateway] = objects.filter(({ kind }) => kind === 'HorizontalPodAutoscaler');
    assert.deepEqual([gateway?.spec?.minReplicas, gateway?.spec?.maxReplicas], [3, 3]);
    for (const { metadata, spec } of objects.filter(({ kind }) => kind === 'Deployment'))
      assert.equal(spec?.replicas === undefined, metadata.name !== 'tollgate-control', metadata.name);
  });

  it('name Secrets of stores, of which just the keys are mounted that are needed, and start no stores of ours', async () => {
    const objects = await render({
      redis: { existingSecret: 'my-redis', existingSecretKey: 'uri' },
      mongodb: { existingSecret: 'my-mongo' },
    });
    assert.deepEqual(named(objects, 'StatefulSet'), []);
    assert.ok(!named(objects, 'Secret').some((name) => /redis|mongo/.test(name)));
    const control = objects.find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'tollgate-control',
    );
    const volumes = control?.spec?.template?.spec.volumes ?? [];
    const certificates = ['ca.crt', 'tls.crt', 'tls.key'].map((key) => ({ key, path: key }));
    for (const [volume, name, key] of [
      ['redis', 'my-redis', 'uri'],
      ['mongodb', 'my-mongo', 'url'],
    ] as const)
      assert.deepEqual(volumes.find((one) => one.name === volume)?.projected, {
        sources: [
          { secret: { name, items: [{ key, path: 'url' }] } },
          { secret: { name, optional: true, items: certificates } },
        ],
      });
  });

  it('go into the namespace tollgate-system alone', async () => {
    await assert.rejects(render({}, 'elsewhere'), /Tollgate lives in the namespace tollgate-system/);
  });
});

describe('pods of the stores for trying out', { timeout: 300_000 }, () => {
  it('have nothing in their template that changes with the release, since they would lose what they keep', async () => {
    const stores = (await render({})).filter(({ kind }) => kind === 'StatefulSet');
    assert.equal(stores.length, 2);
    for (const { metadata, spec } of stores) {
      assert.match(JSON.stringify(metadata.labels), /0\.1\.0/);
      assert.doesNotMatch(JSON.stringify(spec?.template), /0\.1\.0/);
    }
  });
});

describe('docs/kubernetes.md', () => {
  it('has the rights of Redis’ user as they are tested', () => {
    const text = readFileSync(join(root, 'docs/kubernetes.md'), 'utf8');
    const shown = /ACL SETUSER tollgate on >PASSWORD ([\s\S]*?)\n```/.exec(text)?.[1]?.replace(/\s+/g, ' ');
    assert.equal(shown, MINIMAL_RIGHTS);
  });
});
