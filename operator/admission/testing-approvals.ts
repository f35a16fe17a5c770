/** For tests: a real API server with the chart's rules for Approvals, the real webhook, and people with different rights. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request, type Server } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import type { Access } from '../../adapters/kube/access.ts';
import { KubeClient } from '../../adapters/kube/client.ts';
import { type KubeObject, type Resource, resource } from '../../adapters/kube/object.ts';
import { RealApi } from '../../adapters/kube/testing-real-api.ts';
import { listen } from '../../adapters/net/listen.ts';
import { createLog } from '../../adapters/telemetry/log.ts';
import type { Approval } from '../../core/policy/types.generated.ts';
import { SELF_SIGNED } from '../../test/support/tls.ts';
import { installCrd } from '../runner/testing-crd.ts';
import { rendered } from './testing-chart.ts';
import { HandheldCertificate, REVIEW } from './testing-webhook.ts';
import { createWebhook } from './webhook.ts';

export const NAMESPACE = 'team-a';
export const CONTROL = 'system:serviceaccount:tollgate-system:tollgate-control';
export const COLLECTOR = 'system:serviceaccount:kube-system:generic-garbage-collector';
export const AGENT = 'system:serviceaccount:team-a:agent';
const ADMISSION = 'admissionregistration.k8s.io/v1';
const RBAC = 'rbac.authorization.k8s.io/v1';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Who {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
}

export type Stored = KubeObject & Pick<Approval, 'spec'> & { readonly status: { readonly state: string } };

export interface Reply {
  readonly status: number;
  readonly object: Stored;
  /** Of a refusal; of what was done: ''. */
  readonly said: string;
  /** What kubectl shows before it. */
  readonly warned: string;
}

const KINDS: Readonly<Record<string, Resource>> = Object.fromEntries(
  [
    resource(`${ADMISSION} ValidatingAdmissionPolicy`, 'validatingadmissionpolicies', false),
    resource(`${ADMISSION} ValidatingAdmissionPolicyBinding`, 'validatingadmissionpolicybindings', false),
    resource(`${ADMISSION} MutatingWebhookConfiguration`, 'mutatingwebhookconfigurations', false),
    resource(`${RBAC} ClusterRole`, 'clusterroles', false),
    resource(`${RBAC} ClusterRoleBinding`, 'clusterrolebindings', false),
    resource('v1 Namespace', 'namespaces', false),
  ].map((kind) => [kind.kind, kind]),
);

/** @returns what control makes, an hour from its end */
export function approval(name: string, held: object = {}, spec: object = {}): object {
  return {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'Approval',
    metadata: { name },
    spec: {
      held: {
        exchange: '01JD3V2Z',
        session: 'e3a1-77',
        workload: 'agentrunner/nightly',
        serviceAccount: 'agent',
        runner: 'nightly',
        authors: ['alice', 'argo'],
        stage: 'tools',
        code: 'tool_hold',
        what: 'Bash: rm -rf build',
        tool: { name: 'Bash', arguments: '{"command":"rm -rf build"}' },
        model: 'claude-sonnet-5',
        digest: `sha256:${'0a'.repeat(32)}`,
        ...held,
      },
      expiresAt: inSeconds(3600),
      ...spec,
    },
  };
}

export function inSeconds(seconds: number): string {
  return `${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)}Z`;
}

export class ApprovalsApi {
  readonly admin: KubeClient;
  readonly api: RealApi;
  readonly #access: Access;
  readonly #ca: Buffer;
  #webhook: Server | undefined;
  #answers = true;
  #made = 0;

  private constructor(api: RealApi, access: Access) {
    this.api = api;
    this.#access = access;
    this.#ca = readFileSync(api.ca);
    this.admin = new KubeClient(access, 'test');
  }

  static async start(): Promise<ApprovalsApi> {
    const api = await RealApi.start();
    const world = new ApprovalsApi(api, await api.access());
    try {
      await world.#prepare();
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  async stop(): Promise<void> {
    this.#webhook?.close();
    this.#webhook?.closeAllConnections();
    await this.#access.close();
    await this.api.stop();
  }

  async #prepare(): Promise<void> {
    await this.make('Namespace', { metadata: { name: NAMESPACE } });
    for (const plural of ['approvals', 'agentrunners']) await installCrd(this.admin, plural);
    for (const object of [
      ...(await rendered('admission/authors.yaml')),
      ...(await rendered('admission/approvals.yaml')),
      ...(await rendered('approvers.yaml')),
    ])
      await this.make(object.kind ?? '', object);
    const all = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
    const resources = ['approvals', 'approvals/status', 'agentrunners'];
    const rules = [{ apiGroups: ['tollgate.dev'], resources, verbs: all }];
    await this.make('ClusterRole', { metadata: { name: 'changes' }, rules });
    // dave may change Approvals in every way that RBAC has, and not decide.
    for (const user of ['dave', 'frank', CONTROL, COLLECTOR])
      await this.bind('changes', { kind: 'User', name: user });
    for (const user of ['bob', 'carol', 'alice', CONTROL, AGENT, 'system:node:n1'])
      await this.bind('tollgate-approver', { kind: 'User', name: user });
    await this.bind('tollgate-approver', { kind: 'Group', name: 'oncall' });
    // erin has both, and is the cluster's administrator besides.
    for (const user of ['erin', 'gina']) await this.bind('cluster-admin', { kind: 'User', name: user });
    await this.#startWebhook();
    await this.#inForce();
  }

  async make(kind: string, object: object): Promise<void> {
    const of = KINDS[kind];
    assert.ok(of, kind);
    const made = await this.admin.create(of, object);
    assert.ok(made.ok, made.ok ? '' : made.error.message);
  }

  async bind(role: string, subject: { readonly kind: string; readonly name: string }): Promise<void> {
    await this.make('ClusterRoleBinding', {
      metadata: { name: `${role}-${subject.name}`.replaceAll(':', '-') },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ ...subject, apiGroup: 'rbac.authorization.k8s.io' }],
    });
  }

  async #startWebhook(): Promise<void> {
    this.#webhook = createWebhook(
      {
        listen: { address: '127.0.0.1', port: 0 },
        certificate: new HandheldCertificate(SELF_SIGNED),
        review: REVIEW,
        whyNotReady: () => undefined,
        registry: new Registry(),
        log: await createLog('silent'),
      },
      () => false,
    );
    this.#webhook.prependListener('request', (_, response) => {
      if (!this.#answers) response.destroy();
    });
    const port = await listen(this.#webhook, 0, '127.0.0.1');
    const [configuration] = await rendered('admission/webhook.yaml');
    const { webhooks, ...rest } = configuration as unknown as { webhooks: Webhook[] };
    const ours = webhooks.filter(({ clientConfig }) => clientConfig.service.path !== '/pods');
    await this.make('MutatingWebhookConfiguration', {
      ...rest,
      webhooks: ours.map((webhook) => ({
        ...webhook,
        clientConfig: {
          url: `https://127.0.0.1:${port}${webhook.clientConfig.service.path}`,
          caBundle: Buffer.from(SELF_SIGNED.cert).toString('base64'),
        },
      })),
    });
  }

  /** Policies, rights and webhooks are in force a little after they were written. */
  async #inForce(): Promise<void> {
    for (let n = 0; ; n++) {
      assert.ok(n < 600, 'the rules do not come to hold');
      const probe = await this.held();
      const early = await this.decide({ user: 'dave' }, probe, { decision: 'Approve' });
      const decided = await this.decide({ user: 'bob' }, probe, { decision: 'Approve' });
      if (early.status === 403 && decided.status === 200) return;
      await sleep(100);
    }
  }

  /** Makes one as control. @returns its name */
  async held(held: object = {}, spec: object = {}, metadata: object = {}): Promise<string> {
    const name = `held-${++this.#made}`;
    const body = approval(name, held, spec) as { metadata: object };
    const made = await this.create({ user: CONTROL }, { ...body, metadata: { name, ...metadata } });
    assert.equal(made.said, '');
    return name;
  }

  create(who: Who, body: object): Promise<Reply> {
    return this.call(who, 'POST', '', body);
  }

  /** As `kubectl patch --type=merge -p '{"spec":…}'`. */
  decide(who: Who, name: string, spec: object, metadata?: object): Promise<Reply> {
    return this.call(who, 'PATCH', `/${name}`, metadata === undefined ? { spec } : { metadata, spec });
  }

  setStatus(who: Who, name: string, status: object): Promise<Reply> {
    return this.call(who, 'PATCH', `/${name}/status`, { status });
  }

  async get(name: string): Promise<Stored> {
    return (await this.call({ user: 'erin' }, 'GET', `/${name}`)).object;
  }

  /** @param path below the Approvals of the namespace */
  call(who: Who, method: Method, path: string, body?: object, type?: string): Promise<Reply> {
    return this.#call(who, method, `approvals${path}`, body, type);
  }

  /** @param path below the AgentRunners of the namespace */
  callRunners(who: Who, method: Method, path: string, body?: object): Promise<Reply> {
    return this.#call(who, method, `agentrunners${path}`, body);
  }

  /** Nobody is asked meanwhile, as if the operator did not answer. */
  async withoutWebhook(work: () => Promise<void>): Promise<void> {
    this.#answers = false;
    try {
      await work();
    } finally {
      this.#answers = true;
    }
  }

  async #call(
    who: Who,
    method: Method,
    path: string,
    body?: object,
    type = 'application/merge-patch+json',
  ): Promise<Reply> {
    const { headers } = await this.#access.way();
    const base = `/apis/tollgate.dev/v1alpha1/namespaces/${NAMESPACE}/`;
    // Not by HTTP/2, where undici joins headers of one name: each group is one.
    const asked = request(new URL(`${base}${path}`, this.#access.server), {
      ...{ method, ca: this.#ca },
      headers: {
        ...headers,
        'content-type': method === 'PATCH' ? type : 'application/json',
        'impersonate-user': who.user,
        ...(who.uid === undefined ? {} : { 'impersonate-uid': who.uid }),
        ...(who.groups === undefined ? {} : { 'impersonate-group': [...who.groups] }),
      },
    });
    // A Buffer: with a string node writes the headers as UTF-8 once more.
    asked.end(Buffer.from(body === undefined ? '' : JSON.stringify(body)));
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of answer.setEncoding('utf8')) text += chunk;
    const object = JSON.parse(text) as Stored & { message?: string };
    const { statusCode: status = 0, headers: answered } = answer;
    const said = status < 300 ? '' : (object.message ?? 'nothing');
    return { status, object, said, warned: String(answered.warning ?? '') };
  }
}

interface Webhook {
  readonly clientConfig: { readonly service: { readonly path: string } };
}
