/**
 * Out of a governed pod by IPv6 on its link, which every device has unless it is switched off, and which an engine that
 * filters IPv4 alone leaves open.
 *
 *   node --test test/cluster/escape/link.proof.ts
 *
 * This cluster switches it off in pods. Where it is left on, everybody on the link is reached from a pod without a fence,
 * and a pod that asks to be governed is not started: np-gate finds it out.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../commands.ts';
import { leaveIpv6 } from '../parts/containerd.ts';
import {
  type Attempt,
  attempt,
  governed,
  pod,
  SET_UP,
  setUp,
  shell,
  start,
  TIMEOUT,
  type Yard,
} from './set-up.ts';

const ROOT = { securityContext: { runAsUser: 0 } };
/** A question for the root's name servers (RFC 1035, 4.1). */
const QUESTION = '7467010000010000000000000000020001';
/** Answers whoever comes, as a pod that listens on all of its addresses. */
const NEIGHBOUR = `
  require('node:net').createServer((socket) => socket.end()).listen(8181, '::');
  const udp = require('node:dgram').createSocket('udp6');
  udp.on('message', (bytes, { port, address }) => udp.send(bytes, port, address));
  udp.bind(53, '::');`;

const ATTEMPTS: Readonly<Record<string, (neighbour: string) => Attempt>> = {
  'TCP to the API server': () => ({ kind: 'neighbour', of: 'node', port: 6443 }),
  'TCP to kube-proxy': () => ({ kind: 'neighbour', of: 'node', port: 10_256 }),
  'TCP to a pod': (of) => ({ kind: 'neighbour', of, port: 8181 }),
  'DNS by UDP': (of) => ({ kind: 'neighbour', of, port: 53, hex: QUESTION }),
};

let yard: Yard;
let fenced: Readonly<Record<string, string>>;
let free: Readonly<Record<string, string>>;

before(async () => {
  yard = await setUp('link', 67);
  const { cluster, held } = yard;
  await start(cluster, governed(held, 'agent'));
  leaveIpv6(true);
  // containerd is told of the new file, and may be a moment behind.
  let tries = 0;
  await until('pods have IPv6 on their link', async () => {
    const name = `try-${++tries}`;
    await start(cluster, pod(yard.free, name));
    return hasLink(name);
  });
  await start(
    cluster,
    pod(yard.free, 'agent', { tools: ROOT }),
    pod(yard.free, 'neighbour', { agent: { args: ['-e', NEIGHBOUR], ...ROOT } }),
  );
  await cluster.apply(governed(held, 'open'));
  await until(
    'the pod that is open has its network',
    async () => (await statusOf('open')).podIP !== undefined,
  );
  leaveIpv6(false);
  const { podIP = '' } = (await cluster.get<Pod>(['pod', '-n', yard.free, 'neighbour'])).status;
  const all = Object.fromEntries(Object.entries(ATTEMPTS).map(([name, make]) => [name, make(podIP)]));
  [fenced, free] = await Promise.all([
    attempt(cluster, held, 'agent', all),
    attempt(cluster, yard.free, 'agent', all),
  ]);
}, SET_UP);

after(async () => {
  leaveIpv6(false);
  await yard?.close();
});

interface Pod {
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly { readonly state: object }[];
  };
}

async function statusOf(name: string): Promise<Pod['status']> {
  return (await yard.cluster.get<Pod>(['pod', '-n', yard.held, name])).status;
}

async function hasLink(name: string): Promise<boolean> {
  return /^fe80.* eth0$/m.test(await shell(yard.cluster, yard.free, name, 'cat /proc/net/if_inet6'));
}

describe('over IPv6 on the link there is no', TIMEOUT, () => {
  for (const name of Object.keys(ATTEMPTS))
    it(name, () => {
      assert.match(free[name] ?? '', /^(open|answered)$/, 'where it is left on, without a fence');
      assert.match(fenced[name] ?? '', /^(EADDRNOTAVAIL|ENETUNREACH|EACCES)$/);
    });

  it('ping of all neighbours', async () => {
    const { cluster, held } = yard;
    const line = 'ping6 -c1 -W2 -I eth0 ff02::1';
    assert.match(await shell(cluster, yard.free, 'agent', line), / 0% packet loss/, 'where it is left on');
    assert.doesNotMatch(await shell(cluster, held, 'agent', line), / 0% packet loss/);
  });
});

describe('where IPv6 is left on', TIMEOUT, () => {
  it('a governed pod is not started, and np-gate says what to do', async () => {
    await until('np-gate has given up', async () => (await statusOf('open')).phase === 'Failed', {
      timeout: 180_000,
    });
    const log = await yard.cluster.kubectl(['logs', '-n', yard.held, 'open', '-c', 'tollgate-np-gate']);
    assert.match(
      log,
      /NOT proved to be closed .*the API server at \[fe80::[^\]]+%eth0\]:6443, kube-proxy at \[fe80::[^\]]+\]:10256 can be reached over IPv6 on the pod's own link/,
    );
    assert.match(log, /switch IPv6 off in pods/);
    for (const { state } of (await statusOf('open')).containerStatuses ?? [])
      assert.deepEqual(Object.keys(state), ['waiting'], 'no container of its own was started');
  });
});
