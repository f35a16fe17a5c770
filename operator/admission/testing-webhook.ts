/** A webhook as an API server sees it, with everything that it decides by made up. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { PassThrough } from 'node:stream';
import { Registry } from 'prom-client';
import { createLog } from '../../adapters/telemetry/log.ts';
import { agentNamed } from '../../core/agents/agents.ts';
import { SELF_SIGNED } from '../../test/support/tls.ts';
import type { ReviewOptions } from './review.ts';
import { POD_TIERS } from './tiers.ts';
import {
  type RunningWebhook,
  startWebhook,
  type WebhookCertificate,
  type WebhookOptions,
} from './webhook.ts';

type Pair = NonNullable<WebhookCertificate['current']>;

export const REVIEW: ReviewOptions = {
  installation: {
    image: 'tollgate',
    imagePullPolicy: 'Never',
    gateway: { address: '10.96.0.7', name: 'gateway' },
    control: { url: 'https://control' },
    closed: ['10.96.0.1:443'],
    dns: ['10.96.0.10:53'],
    sidecarResources: undefined,
  },
  agentKind: agentNamed,
  profileFor: (_, profile) =>
    profile === 'gone'
      ? { problem: 'there is no ToolProfile gone' }
      : { network: 'narrow', tier: POD_TIERS.locked },
  mayNamePhase: () => false,
  widened: () => undefined,
};

/** A certificate that a test renews. */
export class HandheldCertificate implements WebhookCertificate {
  current: Pair | undefined;
  readonly #listeners: ((now: Pair) => void)[] = [];

  constructor(current: Pair | undefined) {
    this.current = current;
  }

  on(listener: (now: Pair) => void): void {
    this.#listeners.push(listener);
    if (this.current !== undefined) listener(this.current);
  }

  renew(now: Pair): void {
    this.current = now;
    for (const listener of this.#listeners) listener(now);
  }
}

export interface TestWebhook {
  readonly running: RunningWebhook;
  readonly registry: Registry;
  readonly certificate: HandheldCertificate;
  /** What was logged, a line each. */
  readonly lines: string[];
}

export async function startTestWebhook(
  t: { after(end: () => Promise<void>): void },
  more: Partial<WebhookOptions> = {},
  pair: Pair | 'none' = SELF_SIGNED,
): Promise<TestWebhook> {
  const lines: string[] = [];
  const stream = new PassThrough();
  stream.on('data', (line) => lines.push(String(line)));
  const certificate = new HandheldCertificate(pair === 'none' ? undefined : pair);
  const registry = new Registry();
  const running = await startWebhook({
    listen: { address: '127.0.0.1', port: 0 },
    certificate,
    review: REVIEW,
    whyNotReady: () => undefined,
    registry,
    log: await createLog('info', false, stream),
    ...more,
  });
  t.after(() => running.stop(0));
  return { running, registry, certificate, lines };
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** @param ca whom to trust */
export async function ask(
  port: number,
  path: string,
  {
    body,
    type = 'application/json',
    method = body === undefined ? 'GET' : 'POST',
    headers = {},
    agent = new Agent(),
  }: {
    readonly body?: string | Buffer;
    readonly type?: string;
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly agent?: Agent;
  } = {},
  ca = SELF_SIGNED.cert,
): Promise<Reply> {
  const asked = request({
    ...{ port, path, method, ca, agent, host: '127.0.0.1', servername: 'localhost' },
    headers: { ...(body === undefined ? {} : { 'content-type': type }), ...headers },
  });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

/** As an API server of 1.35 asks when a pod is created. */
export function reviewOf(
  annotations: Readonly<Record<string, string>>,
  more: object = {},
): Record<string, unknown> {
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      namespace: 'team-a',
      operation: 'CREATE',
      userInfo: { username: 'somebody', groups: ['system:authenticated'] },
      object: {
        kind: 'Pod',
        apiVersion: 'v1',
        metadata: { generateName: 'p-', namespace: 'team-a', annotations },
        spec: { containers: [{ name: 'agent', image: 'agent', resources: {} }] },
        status: {},
      },
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...more,
    },
  };
}

export const WANTS = { 'tollgate.dev/inject': 'true' };
