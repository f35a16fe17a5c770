/**
 * A second NetworkPolicy beside the fence, that lets governed pods ask for names: policies add up, and any engine obeys.
 *
 *   node --test test/cluster/escape/widened.proof.ts
 *
 * It can't be refused, as other pods may need it; so pods that it lets out are not let in, and those that run are stopped.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DUMMY_KEY } from '../../../core/cluster/names.ts';
import { until } from '../commands.ts';
import { NETWORK } from '../network.ts';
import { type Attempt, attempt, governed, SET_UP, setUp, start, TIMEOUT, type Yard } from './set-up.ts';

const ATTEMPTS = {
  dns: { kind: 'tcp', host: NETWORK.dns, port: 53 },
  call: {
    ...{ kind: 'http', url: 'http://127.0.0.1:4141/v1/chat/completions', method: 'POST', show: 200 },
    headers: { 'content-type': 'application/json', authorization: `Bearer ${DUMMY_KEY}` },
    body: JSON.stringify({
      ...{ model: 'gpt-5.6-sol', max_completion_tokens: 50 },
      messages: [{ role: 'user', content: 'hello' }],
    }),
  },
} as const satisfies Record<string, Attempt>;

let yard: Yard;

before(async () => {
  yard = await setUp('widened', 66);
  await start(yard.cluster, governed(yard.held, 'agent'));
}, SET_UP);

after(() => yard?.close());

/** Waits until the attempts end so. */
async function comesTo(dns: RegExp, call: RegExp): Promise<void> {
  let last: Record<string, string> = {};
  await until(
    () => `DNS ${dns} and a call ${call}: ${JSON.stringify(last)}`,
    async () => {
      last = await attempt(yard.cluster, yard.held, 'agent', ATTEMPTS);
      return dns.test(last.dns ?? '') && call.test(last.call ?? '');
    },
    { timeout: 30_000 },
  );
}

const another = () => governed(yard.held, 'another');

describe('a NetworkPolicy that lets governed pods ask for names', TIMEOUT, () => {
  it('is not there at first: there is no DNS, calls are made, and pods are let in', async () => {
    await comesTo(/^ECONNREFUSED$/, /^200 /);
    await yard.cluster.apply(another(), ['--dry-run=server']);
  });

  it('stops the pods that it lets out', async () => {
    const ports = [53].flatMap((port) => ['UDP', 'TCP'].map((protocol) => ({ protocol, port })));
    await yard.cluster.apply({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'dns', namespace: yard.held },
      spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{ ports }] },
    });
    // The engine does as it is told; what is left is that nothing more is done for the pod.
    await comesTo(/^open$/, /^403 .*NetworkPolicy dns selects it/);
  });

  it('lets no pod in that it would let out', async () => {
    await assert.rejects(
      yard.cluster.apply(another(), ['--dry-run=server']),
      /wider than its fence: the NetworkPolicy dns selects it/,
    );
  });

  it('is over when it has gone', async () => {
    await yard.cluster.kubectl(['delete', 'networkpolicy', '-n', yard.held, 'dns']);
    await comesTo(/^ECONNREFUSED$/, /^200 /);
    await yard.cluster.apply(another(), ['--dry-run=server']);
  });
});
