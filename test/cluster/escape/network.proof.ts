/**
 * Out of a governed pod past its sidecar: TCP, UDP, DNS, ICMP, raw sockets, from the agent's own container.
 *
 *   node --test test/cluster/escape/network.proof.ts
 *
 * Each attempt is made from a governed pod, and from a pod without a fence, where it has to succeed.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { IMAGES } from '../images.ts';
import { NETWORK } from '../network.ts';
import { NAMESPACE } from '../tollgate.ts';
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

/** Where clouds tell machines who they are. */
const METADATA = '169.254.169.254';
const ROOT = { securityContext: { runAsUser: 0 } };

/** A question for the address of kubernetes.default.svc.cluster.local (RFC 1035, 4.1). */
const QUESTION = Buffer.concat([
  Buffer.from('123401000001000000000000', 'hex'),
  ...['kubernetes', 'default', 'svc', 'cluster', 'local'].flatMap((label) => [
    Buffer.from([label.length]),
    Buffer.from(label),
  ]),
  Buffer.from('0000010001', 'hex'),
]).toString('hex');

/** Addresses that are known once the cluster runs. */
interface Places {
  readonly outside: string;
  readonly models: string;
  readonly nameServer: string;
  readonly gateway: string;
  readonly gatewayPod: string;
  readonly operator: string;
  readonly redis: string;
  readonly mongo: string;
}

const tcp = (host: string, port: number): Attempt => ({ kind: 'tcp', host, port });
const udp = (host: string, port: number, hex = 'beef'): Attempt => ({ kind: 'udp', host, port, hex });
const ask = (host: string): Attempt => udp(host, 53, QUESTION);
const ATTEMPTS: Readonly<Record<string, (at: Places) => Attempt>> = {
  'TCP to a provider': ({ outside }) => tcp(outside, 443),
  'TCP to a host outside, on the port of SSH': ({ outside }) => tcp(outside, 22),
  'TLS to a provider by its address, with its name': ({ outside, models }) => ({
    ...{ kind: 'tls', host: outside, port: 443, name: models },
  }),
  'TCP to a pod': ({ nameServer }) => tcp(nameServer, 8181),
  'TCP to a Service': ({ operator }) => tcp(operator, 443),
  'TCP to the API server by its Service': () => tcp(NETWORK.api, 443),
  'TCP to the API server by its node': () => tcp(NETWORK.node, 6443),
  'TCP to the kubelet of its node': () => tcp(NETWORK.node, 10_250),
  'TCP to kube-proxy on its node': () => tcp(NETWORK.node, 10_256),
  'TCP to the metadata address': () => tcp(METADATA, 80),
  'TCP to a Redis': ({ redis }) => tcp(redis, 6379),
  'TCP to a MongoDB': ({ mongo }) => tcp(mongo, 27_017),
  'TCP to the canary of the gateway': ({ gateway }) => tcp(gateway, 8445),
  'TCP to the metrics of the gateway': ({ gatewayPod }) => tcp(gatewayPod, 9090),
  'UDP to a host outside': ({ outside }) => udp(outside, 9999),
  'UDP to a provider on the port of QUIC': ({ outside }) => udp(outside, 443),
  'UDP to a host outside on the port of DNS': ({ outside }) => udp(outside, 53),
  'DNS by UDP over the Service': () => ask(NETWORK.dns),
  'DNS by TCP over the Service': () => tcp(NETWORK.dns, 53),
  "DNS by UDP to the name server's pod": ({ nameServer }) => ask(nameServer),
  "DNS by TCP to the name server's pod": ({ nameServer }) => tcp(nameServer, 53),
};

let yard: Yard;
let fenced: Readonly<Record<string, string>>;
let free: Readonly<Record<string, string>>;

before(async () => {
  yard = await setUp('network', 61, { addresses: [METADATA] });
  const { cluster, held } = yard;
  await cluster.loadImages('redis', 'mongo');
  await start(
    cluster,
    governed(held, 'agent'),
    pod(yard.free, 'agent', { tools: ROOT }),
    // Tollgate's own stores are closed to all but control, fence or not: the twin has to reach some.
    store('redis', ['--bind', '0.0.0.0', '--protected-mode', 'no', '--save', '', '--dir', '/tmp']),
    store('mongo', ['-listen', '0.0.0.0:27017', '-data', '/tmp']),
    // What is left of the fence without the pod's security: another policy of the same engine, and root.
    pod(yard.free, 'root', { labels: { fence: 'shut' }, tools: ROOT }),
  );
  await cluster.apply({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'shut', namespace: yard.free },
    spec: { podSelector: { matchLabels: { fence: 'shut' } }, policyTypes: ['Egress'] },
  });
  const places = await find();
  const all = Object.fromEntries(Object.entries(ATTEMPTS).map(([name, make]) => [name, make(places)]));
  [fenced, free] = await Promise.all([
    attempt(cluster, held, 'agent', all),
    attempt(cluster, yard.free, 'agent', all),
  ]);
}, SET_UP);

after(() => yard?.close());

function store(name: 'redis' | 'mongo', args: readonly string[]): object {
  return pod(yard.free, name, {
    labels: { store: name },
    spec: { containers: [{ name, image: IMAGES[name], args, securityContext: { runAsUser: 999 } }] },
  });
}

async function find(): Promise<Places> {
  const { cluster, address, models } = yard;
  const ofPod = async (namespace: string, selector: string) => {
    const what = ['pods', '-n', namespace, '-l', selector];
    const { items } = await cluster.get<{ items: readonly { status: { podIP?: string } }[] }>(what);
    return items[0]?.status.podIP ?? assert.fail(`no pod has ${selector}`);
  };
  const ofService = async (name: string) => {
    const what = ['service', '-n', NAMESPACE, name];
    return (await cluster.get<{ spec: { clusterIP: string } }>(what)).spec.clusterIP;
  };
  const [nameServer, gatewayPod, gateway, operator, redis, mongo] = await Promise.all([
    ofPod('kube-system', 'k8s-app=kube-dns'),
    ofPod(NAMESPACE, 'app.kubernetes.io/component=gateway'),
    ofService('tollgate-gateway'),
    ofService('tollgate-operator'),
    ofPod(yard.free, 'store=redis'),
    ofPod(yard.free, 'store=mongo'),
  ]);
  return { outside: address, models, nameServer, gatewayPod, gateway, operator, redis, mongo };
}

function isClosed(name: string): void {
  assert.match(free[name] ?? '', /^(open|answered|secure)$/, 'without a fence');
  const nobody = /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EACCES|timeout|silent)$/;
  assert.match(fenced[name] ?? '', nobody);
}

describe('from a governed pod there is no', TIMEOUT, () => {
  for (const name of Object.keys(ATTEMPTS)) it(name, () => isClosed(name));
});

describe('the programs of a governed pod can', TIMEOUT, () => {
  /** A line of the shell, what it says where it works, and what it says in a governed pod. */
  const lines: readonly [name: string, line: string, works: RegExp, fails: RegExp][] = [
    ['not ping their node', `ping -c1 -W2 ${NETWORK.node}`, / 0% packet loss/, /permission denied/],
    ['not trace a route', 'traceroute -n -m1 -w1 -q1 10.244.0.1', / 10\.244\.0\.1 .* ms/, /not permitted/],
    ['not open a raw socket (arping)', 'arping -c1 -I eth0 10.244.0.1', /Received 1 resp/, /not permitted/],
    [
      'not send frames of their own (udhcpc)',
      'timeout 4 udhcpc -i eth0 -n -q -t1',
      /discover/,
      /not permitted/,
    ],
    ['not make a user namespace, to be root in it', 'unshare -U -r id', /uid=0/, /not permitted/],
    ['not become root', 'id', /uid=0\(root\)/, /uid=1000/],
    ['not write to the root of their files', 'touch /here && echo written', /written/, /Read-only/],
  ];
  for (const [name, line, works, fails] of lines)
    it(name, async () => {
      const { cluster, held } = yard;
      assert.match(await shell(cluster, yard.free, 'agent', line), works, 'without a fence');
      const said = await shell(cluster, held, 'agent', line);
      assert.match(said, fails);
      assert.doesNotMatch(said, works);
    });

  it('ICMP is closed by the network too, whoever the user is', async () => {
    const { cluster, address } = yard;
    for (const host of [NETWORK.node, address])
      assert.match(await shell(cluster, yard.free, 'agent', `ping -c1 -W2 ${host}`), / 0% packet loss/);
    for (const host of [NETWORK.node, address])
      assert.match(await shell(cluster, yard.free, 'root', `ping -c1 -W2 ${host}`), / 100% packet loss/);
  });
});
