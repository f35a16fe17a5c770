/**
 * A real API server asks the real webhook, whom it knows by the caBundle that the controller wrote, through rotations of
 * everything; and the controller has no other rights than it needs.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from '../../adapters/kube/access.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { EventRecorder } from '../../adapters/kube/events.ts';
import { type KubeObject, resource } from '../../adapters/kube/object.ts';
import { Reflector } from '../../adapters/kube/reflector.ts';
import { RealApi } from '../../adapters/kube/testing-real-api.ts';
import { listen } from '../../adapters/net/listen.ts';
import { createLog } from '../../adapters/telemetry/log.ts';
import { freePort } from '../../test/support/free-port.ts';
import { HANG_MS } from '../../test/support/hang.ts';
import { REVIEW, WANTS } from '../admission/testing-webhook.ts';
import { createWebhook } from '../admission/webhook.ts';
import { Certificates } from './certificates.ts';
import { ServingCertificate } from './serving.ts';
import {
  forgetConnections,
  install,
  MUTATING,
  of,
  operatorAccess,
  SYSTEM,
  VALIDATING,
  VALIDATORS,
  webhookParts,
} from './testing-operator.ts';
import { certificatesOf } from './testing-world.ts';

/** A rotation within a minute: TLS knows whole seconds, and the real clock counts; and the machine may stand still for some. */
const TIMES = { authorityMs: 84_000, leafMs: 30_000, lagMs: 6_000, skewMs: 3_600_000, lookMs: 200 };
const NAMESPACES = resource<KubeObject>('v1 Namespace', 'namespaces', false);
const CONFIG_MAPS = of('v1 ConfigMap', 'configmaps');
const PODS = of('v1 Pod', 'pods');

interface Made {
  readonly spec: { readonly initContainers?: readonly { readonly name: string }[] };
}

describe('with a real API server', { timeout: 1_200_000 }, () => {
  let api: RealApi;
  let admin: KubeClient;
  const ends: (() => Promise<unknown>)[] = [];
  before(async () => {
    api = await RealApi.start();
    ends.push(() => api.stop());
    const access: Access = await api.access();
    ends.unshift(() => access.close());
    admin = new KubeClient(access, 'test');
  });
  after(async () => {
    for (const end of ends) await end();
  });

  it('pods are injected at every moment of a rotation', async () => {
    const port = await freePort();
    await install(admin, port);
    const access = await operatorAccess(api, admin);
    const client = new KubeClient(access, 'tollgate-operator/test');
    // Rights are in force a little after they were written.
    while (!(await client.list(NAMESPACES, {})).ok) await sleep(50);
    const log = await createLog('silent');
    const wrong: unknown[] = [];
    log.error = (...line: unknown[]) => void wrong.push(line);
    const namespaces = new Reflector(client, NAMESPACES, {
      labelSelector: 'tollgate.dev/enabled in (true, enforce)',
    });
    const events = new EventRecorder(client, {
      controller: 'tollgate.dev/operator',
      instance: 'operator-0',
      dropped: (error) => error !== undefined && wrong.push(error.message),
    });
    const hooks = () => ({ failed: ({ message }: { message: string }) => void wrong.push(message) });
    const certificates = new Certificates({
      ...{
        client,
        namespace: SYSTEM,
        clusterDomain: 'cluster.local',
        mode: 'own',
        namespaces,
        events,
        log,
        hooks,
      },
      names: { webhooks: { mutating: ['tollgate'], validating: [VALIDATING] } },
      queueHooks: { failed: (_, error) => void wrong.push(String(error)) },
      times: TIMES,
    });
    const serving = new ServingCertificate({
      client,
      namespace: SYSTEM,
      name: 'tollgate-operator-tls',
      log,
      hooks,
    });
    const server = createWebhook(
      { ...webhookParts(), certificate: serving, review: REVIEW, log },
      () => false,
    );
    let shown = 0;
    serving.on(() => shown++);
    await listen(server, port, '127.0.0.1');
    namespaces.start();
    certificates.start();
    serving.start();
    ends.unshift(
      () => certificates.stop(0),
      () => serving.stop(),
      () => namespaces.stop(),
      () => events.stop(),
      () => access.close(),
      async () => server.close(),
    );

    let made = 0;
    const pod = async (annotations: Record<string, string>) => {
      const body = {
        metadata: { name: `p${++made}`, annotations },
        spec: { containers: [{ name: 'agent', image: 'x' }] },
      };
      const answer = await admin.create<KubeObject, Made>(PODS, body, { place: { namespace: 'team-a' } });
      return answer.ok
        ? (answer.value.spec.initContainers ?? []).map(({ name }) => name).join()
        : answer.error.message;
    };
    const bundle = async () => {
      const map = await admin.get(CONFIG_MAPS, { namespace: 'team-a', name: 'tollgate-trust' });
      return map.ok ? ((map.value.data as unknown as Record<string, string>)['ca.crt'] ?? '') : '';
    };
    const began = Date.now();
    while (shown === 0 || (await pod(WANTS)) !== 'tollgate-np-gate,tollgate-sidecar') {
      assert.ok(
        Date.now() - began < HANG_MS,
        `it does not begin: ${await pod(WANTS)}; ${JSON.stringify(wrong)}`,
      );
      await sleep(100);
    }

    // Through a whole rotation and into the next.
    const seen = { most: 0, authorities: new Set<string>() };
    while (seen.authorities.size < 3) {
      assert.equal(await pod(WANTS), 'tollgate-np-gate,tollgate-sidecar', `after ${Date.now() - began} ms`);
      await forgetConnections(server);
      const trusted = certificatesOf(await bundle());
      seen.most = Math.max(seen.most, trusted.length);
      for (const { subject } of trusted) seen.authorities.add(subject);
      assert.ok(Date.now() - began < 10 * HANG_MS, JSON.stringify([...seen.authorities]));
    }
    assert.equal(seen.most, 2);
    assert.ok(shown >= 5, `${shown} certificates`);
    assert.equal(await pod({}), '', 'who asks for nothing gets nothing');
    assert.deepEqual(wrong, []);

    const webhooks = async () => {
      const mutating = await admin.get(MUTATING, { name: 'tollgate' });
      const validating = await admin.get(VALIDATORS, { name: VALIDATING });
      assert.ok(mutating.ok && validating.ok);
      return [mutating, validating].flatMap(
        ({ value }) =>
          value.webhooks as unknown as {
            name: string;
            rules: object[];
            clientConfig: { caBundle: string; service: object };
          }[],
      );
    };
    for (const { clientConfig } of await webhooks()) assert.ok('service' in clientConfig);
    assert.deepEqual(
      (await webhooks()).map(({ name, rules }) => [name, rules.length]),
      [
        ['pods.tollgate.dev', 1],
        ['other.tollgate.dev', 1],
        ['check.tollgate.dev', 1],
      ],
    );
    // A new authority comes to one after the other.
    const believed = async () =>
      new Set([
        Buffer.from(await bundle()).toString('base64'),
        ...(await webhooks()).map(({ clientConfig }) => clientConfig.caBundle),
      ]);
    for (const deadline = Date.now() + HANG_MS; (await believed()).size > 1; ) {
      assert.ok(Date.now() < deadline, 'pods and the API server are told of other authorities');
      await sleep(100);
    }

    const gone = await admin.delete(CONFIG_MAPS, { namespace: 'team-a', name: 'tollgate-trust' });
    assert.ok(gone.ok);
    for (const deadline = Date.now() + HANG_MS; (await bundle()) === ''; ) {
      assert.ok(Date.now() < deadline, 'it is not put back');
      await sleep(100);
    }
    const own = await admin.get(CONFIG_MAPS, { namespace: SYSTEM, name: 'tollgate-trust' });
    assert.ok(own.ok);
    assert.deepEqual(
      own.value.metadata.labels,
      { 'app.kubernetes.io/managed-by': 'Helm' },
      "the chart's own label stays",
    );
  });
});
