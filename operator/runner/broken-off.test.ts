import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { NETWORK_POLICIES } from '../../adapters/cluster/fences.ts';
import { openAccess } from '../../adapters/kube/access.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { type KubeObject, resource } from '../../adapters/kube/object.ts';
import { Reflector } from '../../adapters/kube/reflector.ts';
import { FakeApi } from '../../adapters/kube/testing-api.ts';
import { eventually } from '../../adapters/kube/testing-oracle.ts';
import { runner as manifest } from '../../core/policy/testing-runner.ts';
import { atEnd } from '../../test/support/output.ts';
import { RunnerController } from './controller.ts';
import { PODS, RUNNERS } from './kinds.ts';
import { type RunnerClient, until } from './write.ts';

const NAMESPACES = resource<KubeObject>('v1 Namespace', 'namespaces', false);

describe('what is under way for runners', { timeout: 30_000 }, () => {
  it('is broken off when the operator is stopped and its grace is over', async (t) => {
    const api = await FakeApi.start();
    atEnd(t, () => api.close());
    const access = openAccess(api.url);
    atEnd(t, () => access.close());
    api.store.put('/namespaces', { metadata: { name: 'team' } });
    api.store.put('tollgate.dev/agentrunners', {
      ...(parse(manifest()) as object),
      metadata: { name: 'nightly', namespace: 'team' },
    });
    let writes = 0;
    api.answer = ({ method }) => {
      if (method === 'GET') return undefined;
      writes++;
      return 'silence';
    };
    const client = new KubeClient(access, 'test');
    const namespaces = new Reflector(client, NAMESPACES);
    const networkPolicies = new Reflector(client, NETWORK_POLICIES, { indexers: { namespace: () => [] } });
    for (const reflector of [namespaces, networkPolicies]) reflector.start();
    const controller = new RunnerController({
      ...{ client, namespaces, networkPolicies },
      events: { record: () => undefined },
    });
    await Promise.all([namespaces.synced(), networkPolicies.synced(), controller.start()]);
    await eventually(
      () => writes > 0,
      5_000,
      () => 'nothing was written',
    );
    await controller.stop(50);
    await Promise.all([namespaces.stop(), networkPolicies.stop()]);
    await eventually(
      () => api.unanswered === 0,
      5_000,
      () => `${api.unanswered} requests are still waited for`,
    );
  });

  it('knows the signal in each of its requests', async () => {
    const { signal } = new AbortController();
    const seen: unknown[] = [];
    const record = (...given: unknown[]) => {
      seen.push((given.at(-1) as { signal?: unknown }).signal);
      return Promise.resolve({ ok: true });
    };
    const verbs = ['get', 'list', 'create', 'apply', 'applyStatus', 'merge', 'delete'] as const;
    const client = until(
      signal,
      Object.fromEntries(verbs.map((verb) => [verb, record])) as unknown as RunnerClient,
    );
    const at = { namespace: 'team', name: 'a' };
    const object = { metadata: { ...at, uid: 'u', resourceVersion: '1' } };
    await client.get(PODS, at);
    await client.list(PODS, at);
    await client.create(PODS, {});
    await client.apply(PODS, object, { manager: 'm' });
    await client.applyStatus(RUNNERS, object, {}, { manager: 'm' });
    await client.merge(PODS, at, {});
    await client.delete(PODS, at);
    assert.equal(seen.length, verbs.length);
    assert.ok(seen.every((one) => one === signal));
  });
});
